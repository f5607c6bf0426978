"""Is the function the one that is named? Asked before any time is taken.

The function is held against its float64 definition twice: in float64, where a wrong constant or
a wrong branch can't hide, and in the dtype and on the device that will be timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from bench_service.activations.agreement import definition_findings, exactly, value_findings
from bench_service.activations.base import Activation, ShapeClass
from bench_service.activations.compare import place, same_bits, short_name
from bench_service.activations.locate import describe
from bench_service.activations.noise import noise_findings, own_random_numbers
from bench_service.activations.probe import N_CHANNELS, make_probe, output_shape


def problems(
    activation: Activation,
    *,
    dtype: torch.dtype,
    device: torch.device,
    generator: torch.Generator,
) -> list[str]:
    """What is wrong with the activation, a sentence for each finding; empty if nothing is.

    ``generator``, a generator of the CPU, draws the inputs and the seeds of stochastic functions;
    torch's global generators are left as they were. An exception of the function is a finding.
    """
    subject = f"{activation.name} in {short_name(dtype)} on {device}"
    try:
        with own_random_numbers(device), torch.inference_mode(mode=False):
            x = make_probe(activation, dtype, generator).to(device)
            return list(_findings(activation, x, subject, generator))
    except Exception as error:
        return [f"{subject} raised {describe(error)}."]


def _findings(
    activation: Activation, x: Tensor, subject: str, generator: torch.Generator
) -> Iterator[str]:
    """Sentences; wrong behaviour comes first, and makes the questions after it pointless."""

    def function(x: Tensor) -> Tensor:
        make = activation.tensors
        return activation.function(x, **(make(N_CHANNELS, x.dtype, x.device) if make else {}))

    is_stochastic = activation.shape_class is ShapeClass.STOCHASTIC
    wrong_behaviour = list(_behaviour(activation, function, x, subject))
    yield from wrong_behaviour
    if wrong_behaviour:
        return
    if is_stochastic:
        yield from noise_findings(activation, x, subject, generator)
        yield from value_findings(activation, activation.module().to(x.device).eval(), x)
        return
    if activation.shape_class.keeps_width:
        yield from definition_findings(activation, x)
    if x.dtype != torch.float64:
        yield from value_findings(activation, function, exactly(x))
    yield from value_findings(activation, function, x)
    if activation.in_place is not None:
        yield from _in_place(activation.in_place, function, x, subject)


def _behaviour(
    activation: Activation, function: Callable[[Tensor], Tensor], x: Tensor, subject: str
) -> Iterator[str]:
    """Type, shape, dtype, an untouched input, no NaN, and the same result twice."""
    given = x.clone()
    with torch.no_grad():
        first: object = function(given)  # a user's function may return anything
        second = function(x.clone())
    if not isinstance(first, Tensor):
        yield f"{subject} returns a {type(first).__name__} where a tensor is expected."
        return
    if not same_bits(given, x):
        yield f"{subject} changes its input, which has to stay as it was."
    if first.dtype != x.dtype:
        yield f"{subject} returns {short_name(first.dtype)}, another dtype than its input's."
    shape = output_shape(activation, x.shape)
    if first.shape != shape:
        yield (
            f"{subject} returns the shape {tuple(first.shape)} for an input of {tuple(x.shape)}, "
            f"where {tuple(shape)} is expected."
        )
        return
    nan = first.isnan().flatten()
    if nan.any():
        at = int(nan.to(torch.uint8).argmax())
        yield f"{subject} returns NaN for a finite input{place(x, at, first)}."
    elif activation.shape_class is not ShapeClass.STOCHASTIC and not same_bits(first, second):
        yield f"{subject} returns two results for one input without being stochastic."


def _in_place(
    in_place: Callable[..., Tensor], function: Callable[[Tensor], Tensor], x: Tensor, subject: str
) -> Iterator[str]:
    with torch.no_grad():
        overwritten = x.clone()
        returned = in_place(overwritten)
        expected = function(x)
    if not (same_bits(overwritten, expected) and same_bits(returned, expected)):
        yield f"{subject} gives another result in place than out of place."
