"""The catalogue as a whole: what it holds, in which order, and what it refuses."""

from __future__ import annotations

import re

import pytest
import torch
from torch.nn import functional as F  # noqa: N812  the name that everyone knows

from bench_service.activations import ACTIVATIONS, FAMILIES, ShapeClass, register
from bench_service.activations.refused import REFUSED
from bench_service.errors import UnknownNameError


def test_relu_comes_first_and_its_family_before_all_others():
    families = [activation.family for activation in ACTIVATIONS]
    assert ACTIVATIONS.names()[0] == "relu"
    n_rectifiers = families.count("rectifier")
    assert n_rectifiers >= 16
    assert families[:n_rectifiers] == ["rectifier"] * n_rectifiers


def test_the_catalogue_has_at_least_forty_entries_that_may_be_compared():
    comparable = [activation for activation in ACTIVATIONS if activation.shape_class.keeps_width]
    assert len(comparable) >= 40


def test_what_changes_the_width_or_sees_neighbours_is_flagged():
    flagged = {a.name: a.shape_class for a in ACTIVATIONS if not a.shape_class.keeps_width}
    halved = ShapeClass.WIDTH_HALVED
    assert flagged == {
        "crelu": ShapeClass.WIDTH_DOUBLED,
        "funnel_frelu": ShapeClass.SPATIAL,
        "glu": halved,
        "bilinear": halved,
        "reglu": halved,
        "geglu": halved,
        "swiglu": halved,
    }


def test_only_the_noisy_ones_are_stochastic_and_only_they_have_moments():
    stochastic = [a.name for a in ACTIVATIONS if a.shape_class is ShapeClass.STOCHASTIC]
    assert stochastic == ["rrelu", "nrelu"]
    assert [a.name for a in ACTIVATIONS if a.moments is not None] == stochastic


def test_only_those_with_learnt_tensors_are_parametric():
    for activation in ACTIVATIONS:
        learns = activation.shape_class in (ShapeClass.PARAMETRIC, ShapeClass.SPATIAL)
        assert (activation.tensors is not None) == learns, activation.name


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("relu", F.relu),
        ("relu6", F.relu6),
        ("leaky_relu", F.leaky_relu),
        ("abs", torch.abs),
        ("prelu_shared", F.prelu),
        ("prelu_channel", F.prelu),
        ("elu", F.elu),
        ("selu", F.selu),
        ("celu", F.celu),
        ("softplus", F.softplus),
        ("logsigmoid", F.logsigmoid),
        ("gelu", F.gelu),
        ("silu", F.silu),
        ("mish", F.mish),
        ("hardswish", F.hardswish),
        ("hardsigmoid", F.hardsigmoid),
        ("hardtanh", F.hardtanh),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
        ("softsign", F.softsign),
        ("erf", torch.erf),
        ("hardshrink", F.hardshrink),
        ("softshrink", F.softshrink),
        ("tanhshrink", F.tanhshrink),
        ("sine", torch.sin),
        ("glu", F.glu),
    ],
)
def test_what_is_timed_is_the_public_call(name, public):
    assert ACTIVATIONS.get(name).function is public


def test_a_single_native_kernel_is_not_called_composed():
    composed = {activation.name for activation in ACTIVATIONS if activation.is_composed}
    assert composed == {
        "relu2", "starrelu", "flexible_frelu", "nrelu", "crelu", "funnel_frelu", "isrlu",
        "squareplus", "quick_gelu", "swish_beta", "lisht", "hard_mish", "flatten_t_swish",
        "penalized_tanh", "softsign", "tanhshrink", "bilinear", "reglu", "geglu", "swiglu",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["srelu", "swish", "hard_sigmoid", "frelu", "relu_n", "relun", "lrelu", "gelu_new", "prelu"],
)
def test_an_ambiguous_name_is_refused_with_the_entries_it_may_mean(name):
    with pytest.raises(UnknownNameError, match="more than one meaning") as caught:
        ACTIVATIONS.get(name)
    named = re.findall(r"[a-z_0-9]+", caught.value.allowed)
    assert any(word in ACTIVATIONS for word in named)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_begins_with_an_entry_of_the_catalogue(name):
    assert re.match(r"[a-z_0-9]+", REFUSED[name])[0] in ACTIVATIONS


@pytest.mark.parametrize(("alias", "name"), [("relu_6", "relu6"), ("leakyrelu", "leaky_relu")])
def test_an_alias_is_not_added_but_its_entry_is_suggested(alias, name):
    with pytest.raises(UnknownNameError) as caught:
        ACTIVATIONS.get(alias)
    assert name in caught.value.next_step


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="twice"):
        register(ACTIVATIONS.get("relu"))


def test_every_family_has_a_module():
    assert len(FAMILIES) == 16
    assert all(family.__doc__ for family in FAMILIES)
