"""When a group has had enough children, and when a run has had enough time."""

from __future__ import annotations

import math

import numpy as np
from executing import execute, n_children
from fakes import Machine

from bench_service.result import RunStatus


def drifting(scale: float):
    """Costs whose logarithm is drawn anew for every child, with that standard deviation."""

    def cost(spec):
        return round(1000 * math.exp(np.random.default_rng(spec.process_ix).normal(0, scale)))

    return cost


def test_a_group_ends_at_the_first_look_that_finds_it_precise():
    _, memory, _, execution = execute(Machine(), processes=8, max_processes=80)
    assert n_children(memory) == 8
    assert [state.why_finished for state in execution.states.values()] == ["precision"]


def test_looks_come_at_fixed_numbers_of_children():
    machine = Machine(costs={"gelu": drifting(0.1)})
    timing = {"processes": 8, "max_processes": 100, "target_half_width": 0.03}
    _, memory, _, execution = execute(machine, **timing)
    n = n_children(memory)
    assert n > 8
    assert (n - 8) % 2 == 0
    (state,) = execution.states.values()
    assert state.why_finished == "precision"
    assert state.widest_half_width() <= 0.03


def test_a_difference_however_significant_ends_nothing():
    """Thirty times as slow with a wide interval: certainly slower, and not precise."""
    machine = Machine(costs={"gelu": lambda spec: 30 * drifting(0.1)(spec)})
    timing = {"processes": 4, "max_processes": 23, "target_half_width": 0.001}
    _, memory, _, execution = execute(machine, **timing)
    assert n_children(memory) == 23
    assert [state.why_finished for state in execution.states.values()] == ["processes"]


def test_an_imprecise_group_goes_on_alone_when_the_others_are_done():
    machine = Machine(
        costs={"gelu": lambda spec: drifting(0.1 * (spec.conditions.numel == 64))(spec)}
    )
    timing = {"numels": [64, 128], "processes": 4, "max_processes": 12, "target_half_width": 0.001}
    _, memory, _, _ = execute(machine, **timing)
    groups = [group for group, _, _, is_last in memory.parts if is_last]
    assert sorted(map(groups.count, set(groups))) == [4, 12]


def test_when_the_time_is_up_every_group_ends_and_says_so():
    machine = Machine(costs={"gelu": drifting(0.5)})
    timing = {"processes": 1000, "max_processes": 1000, "seconds": 0.5, "numels": [64, 128]}
    status, memory, _, execution = execute(machine, **timing)
    assert status is RunStatus.DONE
    assert {state.why_finished for state in execution.states.values()} == {"time"}
    assert 2 <= len(memory.children) < 200
    counts = [state.next_process for state in execution.states.values()]
    assert max(counts) - min(counts) <= 1, "no group pays for the others"
