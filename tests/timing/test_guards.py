"""Compiled functions are held against their definition and its derivative."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from bench_service.activations import ACTIVATIONS, ShapeClass
from bench_service.backends.compilation import compile_whole
from bench_service.timing.guards import reason_against_compiled
from bench_service.timing.passes import Workpiece

TIMED = [a.name for a in ACTIVATIONS if a.shape_class is not ShapeClass.SPATIAL]
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


def piece_of(name, function=None, *, dtype=torch.float32, gradient=True) -> Workpiece:
    activation = ACTIVATIONS.get(name)
    function = activation.function if function is None else function
    x = torch.randn((64, 16), generator=torch.Generator().manual_seed(1)).to(dtype)
    x.requires_grad_(gradient)
    if activation.tensors is not None:
        function = partial(function, **activation.tensors(16, dtype, x.device))
    return Workpiece(function, x, (x,))


def reason(name, function=None, **more) -> str:
    return reason_against_compiled(ACTIVATIONS.get(name), piece_of(name, function, **more))


def with_backward(values, backward):
    """A function of these values whose gradient is ``backward(x, given)``, right or wrong."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return values(x)

        @staticmethod
        def backward(ctx, given):
            return backward(*ctx.saved_tensors, given)

    return Function.apply


def right(x, given):
    return given * (x > 0)


WRONG = {
    "of twice the size": lambda x, given: 2 * right(x, given),
    "of zeros": lambda _x, given: torch.zeros_like(given),
    "of another sign": lambda x, given: -right(x, given),
    "that forgets the branch": lambda _x, given: given,
    "that forgets what it was given": lambda x, _given: (x > 0).to(x.dtype),
    "that isn't a number": lambda x, given: right(x, given) * torch.nan,
    "with one wrong value": lambda x, given: right(x, given) + (x == x.max()),
}


@pytest.mark.parametrize("backward", WRONG.values(), ids=WRONG)
def test_right_values_with_a_wrong_gradient_get_no_time(backward):
    function = with_backward(torch.relu, backward)
    assert reason("relu", function, gradient=False) == ""
    assert "The compiled relu's gradient differs from its float64" in reason("relu", function)


def test_right_values_with_the_right_gradient_get_their_time():
    assert reason("relu", with_backward(torch.relu, right)) == ""


def test_a_gradient_of_a_pair_of_outputs_is_held_against_the_sum_of_both():
    assert reason("crelu") == ""

    def halved(x):
        return torch.cat((torch.relu(x), torch.relu(-x).detach()), dim=1)

    assert "gradient differs" in reason("crelu", halved)


def test_a_function_without_a_gradient_gets_no_time_where_one_is_asked_for():
    def detached(x):
        return torch.relu(x.detach())

    assert reason("relu", detached, gradient=False) == ""
    assert "has no gradient" in reason("relu", detached)


def test_wrong_values_are_wrong_with_and_without_a_gradient():
    for gradient in (True, False):
        said = reason("relu", lambda x: x * 1.0, gradient=gradient)
        assert said.startswith("The compiled relu differs from its float64 definition by ")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", TIMED)
def test_every_activation_is_what_it_says_in_every_dtype(name, dtype):
    """Eagerly: what is compiled has the same arithmetic and fewer roundings."""
    assert reason(name, dtype=dtype) == ""


# torch's compiler imports a module of torch that uses what torch has deprecated.
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated:DeprecationWarning")
@pytest.mark.slow
@pytest.mark.parametrize("name", ["gelu", "prelu_channel", "hardswish", "swiglu"])
def test_what_is_really_compiled_passes_and_is_seen_to_be_another_function(name):
    torch.compiler.reset()
    compiled = compile_whole(ACTIVATIONS.get(name).function)
    assert reason(name, compiled) == ""
    if name == "gelu":
        assert "gelu_tanh differs" in reason("gelu_tanh", compiled)
