"""A stack that doesn't fit into memory is halved until it does, and says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_workloads import CPU, FOREVER_S, crossed, tiny

from bench_service.activations import ACTIVATIONS
from bench_service.training.result import SliceOutcome
from bench_service.training.spec import TrainTask
from bench_service.training.splitting import is_out_of_memory, train_in_parts
from bench_service.training.trainer import train

CASES = tuple(crossed([0.1, 0.2, 0.3], [0, 1, 2]))


def fitting(most, error):
    """A trainer for which stacks of more than so many slices don't fit."""
    asked = []

    def train_some(cases):
        asked.append(len(cases))
        if len(cases) > most:
            raise error
        return tuple(SliceOutcome(case, "ok", facts={"stack_size": len(cases)}) for case in cases)

    return asked, train_some


def test_a_stack_that_fits_is_trained_at_once_and_was_split_no_time():
    asked, train_some = fitting(9, MemoryError())
    found = train_in_parts(CASES, train_some)
    assert asked == [9]
    assert all("n_splits" not in outcome.facts for outcome in found)


def test_a_stack_that_doesnt_fit_is_halved_again_and_again_in_its_order():
    """Nine are 4 and 5, and where 3 fit they are 2 + 2 and 2 + 3."""
    asked, train_some = fitting(3, MemoryError())
    found = train_in_parts(CASES, train_some)
    assert asked == [9, 4, 2, 2, 5, 2, 3]
    assert tuple(outcome.case for outcome in found) == CASES
    assert [outcome.facts["n_splits"] for outcome in found] == [2] * 9


@given(n=st.integers(1, 40), most=st.integers(1, 40))
def test_every_slice_is_trained_once_whatever_fits(n, most):
    cases = tuple(crossed([0.1], range(n)))
    _, train_some = fitting(most, MemoryError())
    found = train_in_parts(cases, train_some)
    assert tuple(outcome.case for outcome in found) == cases
    for outcome in found:
        size, n_splits = outcome.facts["stack_size"], outcome.facts.get("n_splits", 0)
        assert size <= most
        assert n // 2**n_splits <= size <= -(-n // 2**n_splits)


def test_a_single_slice_that_doesnt_fit_raises_what_the_allocator_raised():
    _, train_some = fitting(0, MemoryError("too much"))
    with pytest.raises(MemoryError, match="too much"):
        train_in_parts(CASES, train_some)


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), KeyError("act1"), ValueError()])
def test_other_errors_split_nothing(error):
    asked, train_some = fitting(3, error)
    with pytest.raises(type(error)):
        train_in_parts(CASES, train_some)
    assert asked == [9]


def test_what_torch_says_when_memory_is_short_is_known():
    """More than any machine has, asked of the host's allocator itself."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(KeyboardInterrupt())


def test_halves_of_a_stack_train_as_the_whole_does():
    def train_some(cases):
        if len(cases) > 4:
            raise MemoryError
        task = TrainTask(cases, FOREVER_S, has_neurons=False)
        return train(task, tiny(), ACTIVATIONS.get("relu"), CPU)

    whole = train(
        TrainTask(CASES, FOREVER_S, has_neurons=False), tiny(), ACTIVATIONS.get("relu"), CPU
    )
    parts = train_in_parts(CASES, train_some)
    for one, other in zip(whole, parts, strict=True):
        assert one.case == other.case
        assert other.facts["stack_size"] <= 4
        assert other.facts["n_splits"] == (1 if other.facts["stack_size"] == 4 else 2)
        assert other.test_loss == pytest.approx(one.test_loss, rel=1e-4)
        assert replace(one, facts={}).status == other.status == "ok"
