"""Benchmarks that are wrong on purpose: each is prevented, refused, or called invalid.

What concerns a GPU (a missing wait, throttling, cold caches) is in the tests of its clock, what
concerns gradients in those of the passes, graphs in those of compiled code.

=========================  =====================================================================
seeded fault               what meets it
=========================  =====================================================================
loop optimised away        calls are repeated in Python, never in the function; time below a call
                           that does nothing, or bandwidth beyond a copy's, is invalid
eager fallback             a whole graph or an exception; no graph compiled at all is invalid
graph break                an exception: the case fails with it
recompiled while timed     graphs are counted before every block: invalid
in place on rectified data refused by the check; an input that changes in the rounds: invalid
.grad accumulation         gradients are asked for, nothing is accumulated
stride-0 gradient          the output gradient is contiguous and drawn once
positive inputs only       inputs are standard normal unless the suite says otherwise
bound by page faults       faults are counted for each call, and the warm allocator is beside it
wrong result, NaN          refused by the check before any time is taken
not warmed up              priming calls before each block, warm-up rounds that are flagged
=========================  =====================================================================
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from fakes import Machine
from forking import mis, spec_of
from torch.nn import functional

from bench_service.activations import ACTIVATIONS
from bench_service.analysis.pairing import view_process
from bench_service.result import Conditions, Role
from bench_service.suite import TimingSuite
from bench_service.timing.events import child_parts
from bench_service.timing.forker_client import Forker
from bench_service.timing.guards import reason_against
from bench_service.timing.inputs import draw_input
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.spec import EntrySpec, GroupSpec

CPU = torch.device("cpu")
SILENCE_S = 60.0


def test_in_place_functions_are_refused_before_they_meet_their_own_result():
    in_place = dataclasses.replace(ACTIVATIONS.get("relu"), function=torch.relu_)
    assert "changes its input" in reason_against(in_place, torch.float32, CPU)


def test_an_input_that_is_changed_in_the_rounds_makes_the_entry_invalid(own_lock, monkeypatch):
    monkeypatch.setenv("MISBEHAVE", "rounds")
    spec = spec_of("gelu", mis("changes_input_later"), "silu", n_calls=2, n_rounds=4)
    with Forker() as forker:
        (part,) = child_parts(forker.ask("measure", spec, SILENCE_S), spec)
    assert part.facts["invalid"] == {"changes_input_later": "changed its input while it was timed"}


def test_inputs_are_standard_normal_unless_a_suite_says_otherwise():
    """Functions like ELU take seven times as long on them as on positive numbers."""
    assert TimingSuite().inputs == ("normal",)
    x = draw_input(
        "normal", 1 << 16, "contiguous", torch.float32, CPU, torch.Generator().manual_seed(2)
    )
    assert abs((x < 0).float().mean() - 0.5) < 0.01
    assert abs(x.std() - 1) < 0.02


@pytest.mark.parametrize(("condition", "faults"), [("default", True), ("arena", False)])
def test_page_faults_are_counted_and_the_warm_allocator_has_none(own_lock, condition, faults):
    """A result of 32 MiB is mapped and returned at every call: 8,192 pages."""
    conditions = Conditions("cpu-eager", "forward", "float32", 1 << 23, condition)
    entry = EntrySpec("relu", Role.CASE, "relu", n_calls=1)
    spec = GroupSpec(conditions, (entry,), n_rounds=3, n_warm_up=1)
    with Forker() as forker:
        (part,) = child_parts(forker.ask("measure", spec, SILENCE_S), spec)
    counted = np.median(part.blocks[0].minor_faults[1:])
    assert counted > 1000 if faults else counted < 10


@pytest.mark.parametrize(
    "other", [functional.silu, lambda x: functional.gelu(x, approximate="tanh")]
)
def test_another_function_than_the_one_that_is_named_gets_no_time(other):
    wrong = dataclasses.replace(ACTIVATIONS.get("gelu"), function=other)
    assert reason_against(wrong, torch.float32, CPU)
    assert reason_against(ACTIVATIONS.get("gelu"), torch.float32, CPU) == ""


def test_a_function_that_is_slow_at_first_comes_out_at_its_own_speed():
    """The first calls of a child cost a hundred times as much, in its warm-up rounds alone."""
    machine, cold = Machine(), [60]

    def cold_start():
        machine.now_ns += 100_000 if cold[0] > 0 else 1500
        cold[0] -= 1

    entries = [Entry("x", "case", cold_start, 10), Entry("a", "case", machine.call("a", None), 10)]
    plan = RoundPlan(6, n_warm_up=5)
    (part,) = measure_rounds(entries, plan, machine.stopwatch(), np.random.default_rng(1))
    view = view_process(0, {b.label: (b.n_calls, b.wall_ns, b.flags) for b in part})
    assert np.exp(view.log_ratio("x", ("a",))) == pytest.approx(1.5)
