"""Gated linear units: the first half of the last dimension times a function of the second.

The input has 2 C values in its last dimension and the output C. The two linear maps that make
the halves belong to the model. ``derivative`` is d sum(f) / d x, in the shape of the input: the
gate's function for the value half, the value times the gate's slope for the gate half.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations.base import ACTIVATIONS, Activation, ShapeClass, register
from bench_service.activations.modules import applied

FAMILY = "gated linear unit"
DAUPHIN_SOURCE = (
    "Y. Dauphin, A. Fan, M. Auli and D. Grangier 2016, Language modeling with gated "
    "convolutional networks, arXiv:1612.08083"
)
SHAZEER_SOURCE = "N. Shazeer 2020, GLU variants improve transformer, arXiv:2002.05202"


def bilinear(x: Tensor) -> Tensor:
    """The value half times the gate half; half as wide as x in the last dimension."""
    value, gate = x.chunk(2, dim=-1)
    return value * gate


def reglu(x: Tensor) -> Tensor:
    """The value half times ReLU of the gate half; half as wide as x in the last dimension."""
    value, gate = x.chunk(2, dim=-1)
    return value * F.relu(gate)


def geglu(x: Tensor) -> Tensor:
    """The value half times GELU of the gate half; half as wide as x in the last dimension."""
    value, gate = x.chunk(2, dim=-1)
    return value * F.gelu(gate)


def swiglu(x: Tensor) -> Tensor:
    """The value half times SiLU of the gate half; half as wide as x in the last dimension."""
    value, gate = x.chunk(2, dim=-1)
    return value * F.silu(gate)


def _register_gate(
    name: str,
    function: Callable[..., Tensor],
    gate_name: str,
    formula: str,
    latex: str,
    source: str,
    *,
    is_composed: bool = True,
) -> None:
    gate_of = ACTIVATIONS.get(gate_name)

    def definition(x: Tensor) -> Tensor:
        value, gate = x.chunk(2, dim=-1)
        return value * gate_of.definition(gate)

    def derivative(x: Tensor) -> Tensor:
        value, gate = x.chunk(2, dim=-1)
        return torch.cat((gate_of.definition(gate), value * gate_of.derivative(gate)), dim=-1)

    register(
        Activation(
            name=name,
            family=FAMILY,
            function=function,
            module=applied(function),
            definition=definition,
            derivative=derivative,
            formula=formula,
            latex=latex,
            source=source,
            shape_class=ShapeClass.WIDTH_HALVED,
            kinks=gate_of.kinks,
            derivative_supremum=math.inf,  # the gate's slope is multiplied by the value
            can_be_zero=gate_of.can_be_zero,
            can_be_flat=gate_of.can_be_zero and gate_of.can_be_flat,
            is_composed=is_composed,
        )
    )


_register_gate(
    "glu",
    F.glu,
    "sigmoid",
    "value / (1 + exp(-gate))",
    r"v \otimes \sigma(g)",
    DAUPHIN_SOURCE,
    is_composed=False,
)
_register_gate(
    "bilinear",
    bilinear,
    "identity",
    "value * gate",
    r"v \otimes g",
    "A. Mnih and G. Hinton 2007, Three new graphical models for statistical language modelling, "
    "ICML; " + SHAZEER_SOURCE,
)
_register_gate(
    "reglu", reglu, "relu", "value * max(0, gate)", r"v \otimes \max(0, g)", SHAZEER_SOURCE
)
_register_gate(
    "geglu",
    geglu,
    "gelu",
    "value * gate * P(Z <= gate), Z standard normal",
    r"v \otimes g \, \Phi(g)",
    SHAZEER_SOURCE,
)
_register_gate(
    "swiglu",
    swiglu,
    "silu",
    "value * gate / (1 + exp(-gate))",
    r"v \otimes g \, \sigma(g)",
    SHAZEER_SOURCE,
)
