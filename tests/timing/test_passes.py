"""What a pass times, and that it times nothing else."""

from __future__ import annotations

import pytest
import torch
from fakes import Machine
from torch.utils._python_dispatch import TorchDispatchMode

from bench_service.result import Pass
from bench_service.timing.guards import hands_through
from bench_service.timing.passes import PASSES, Workpiece
from bench_service.timing.stopwatch import N_PRIMING_CALLS


def piece_of(function, shape=(64, 16)) -> Workpiece:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)).requires_grad_()
    return Workpiece(function, x, (x,))


class Ops(TorchDispatchMode):
    """The kernels that were called."""

    def __init__(self) -> None:
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.overloadpacket.__name__)
        return function(*args, **(kwargs or {}))


def test_a_block_calls_the_function_as_often_as_it_says():
    n_called = 0

    def function(x):
        nonlocal n_called
        n_called += 1
        return x

    machine = Machine()
    machine.stopwatch().time(PASSES[Pass.FORWARD](piece_of(function)), 25)
    assert n_called == 25 + N_PRIMING_CALLS


@pytest.mark.parametrize("pass_name", [Pass.BACKWARD, Pass.FORWARD_BACKWARD])
def test_gradients_are_asked_for_and_never_accumulated(pass_name):
    piece = piece_of(torch.relu)
    call = PASSES[pass_name](piece)
    for _ in range(3):
        (gradient,) = call()
    assert piece.x.grad is None
    expected = torch.where(piece.x > 0, piece.gradient_like(piece.x), 0)
    assert torch.equal(gradient, expected.detach())


def test_the_backward_pass_is_the_kernel_of_the_gradient_and_nothing_else():
    call = PASSES[Pass.BACKWARD](piece_of(torch.relu))
    with Ops() as ops:
        call()
    kernels = [name for name in ops.names if name not in ("detach", "view", "alias")]
    assert kernels == ["threshold_backward"]


def test_the_output_gradient_is_contiguous_and_normal_and_the_same_for_all():
    piece = piece_of(torch.relu, (512, 64))
    gradient = piece.gradient_like(piece.x)
    assert gradient.is_contiguous()
    assert 0 not in gradient.stride()
    assert abs(gradient.mean()) < 0.03
    assert abs(gradient.std() - 1) < 0.03
    shared = Workpiece(torch.sigmoid, piece.x, piece.leaves, piece.gradients)
    assert shared.gradient_like(piece.x) is gradient


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x, {Pass.FORWARD, Pass.BACKWARD, Pass.FORWARD_BACKWARD}),
        (lambda x: x + 1, {Pass.BACKWARD}),
        (lambda x: 0.5 * x, set()),
        (torch.relu, set()),
    ],
)
def test_who_hands_on_what_it_was_given_is_known_in_each_pass(function, expected):
    assert {name for name in PASSES if hands_through(piece_of(function), name)} == expected
