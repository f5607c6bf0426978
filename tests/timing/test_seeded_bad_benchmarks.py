"""Benchmarks that are wrong on purpose: each is prevented, refused, or called invalid.

What concerns a GPU (a missing wait, throttling, cold caches) is in the tests of its clock.

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
import subprocess
import sys

import numpy as np
import psutil
import pytest
import torch
from fakes import Machine
from forking import commands_with, eventually, mis, spec_of
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from bench_service.activations import ACTIVATIONS
from bench_service.analysis.pairing import view_process
from bench_service.backends.compilation import compile_whole
from bench_service.result import ChildResult, Conditions, Pass, Role
from bench_service.suite import TimingSuite
from bench_service.timing.events import child_parts, probes_of
from bench_service.timing.forker_client import Forker
from bench_service.timing.guards import hands_through, reason_against, reason_against_compiled
from bench_service.timing.inputs import draw_input
from bench_service.timing.passes import PASSES, Workpiece
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.stopwatch import N_PRIMING_CALLS
from bench_service.timing.watch import Watch

CPU = torch.device("cpu")
SILENCE_S = 60.0


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


def test_a_compiled_function_that_no_longer_computes_is_refused():
    relu = ACTIVATIONS.get("relu")
    with torch.no_grad():
        assert "differs from its float64 definition" in reason_against_compiled(
            relu, piece_of(lambda x: x)
        )
        assert reason_against_compiled(relu, piece_of(torch.relu)) == ""


def test_a_graph_break_is_an_exception_and_no_eager_time():
    def breaks(x):
        torch._dynamo.graph_break()
        return torch.relu(x)

    with pytest.raises(torch._dynamo.exc.Unsupported):
        compile_whole(breaks)(torch.randn(8))


def test_where_compiling_is_switched_off_no_graph_is_counted():
    """A function comes back as it is, and its time would be an eager one."""
    script = (
        "import torch\n"
        "from bench_service.backends.compilation import compile_whole, n_graphs\n"
        "assert compile_whole(torch.relu)(torch.ones(3)).sum() == 3\n"
        "print(n_graphs())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={"TORCHDYNAMO_DISABLE": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout.strip() == "0"


def test_a_graph_that_is_compiled_in_a_block_is_held_against_its_entry_alone():
    graphs, version, entered = [3], [0], []
    watch = Watch(
        ["gelu", "silu"],
        entered.append,
        [("changed its input", lambda: version[0]), ("was compiled anew", lambda: graphs[0])],
    )
    graphs[0] = 5  # while the entries were set up: nobody's fault
    watch.enter(0)
    watch.enter(1)
    graphs[0] += 1
    watch.enter(0)
    watch.enter(-1)
    assert watch.findings == {"silu": "was compiled anew"}
    version[0] = graphs[0] = 9  # between two parts
    watch.enter(1)
    assert watch.findings == {"silu": "was compiled anew"}
    assert entered == [0, 1, 0, -1, 1]


def test_in_place_functions_are_refused_before_they_meet_their_own_result():
    in_place = dataclasses.replace(ACTIVATIONS.get("relu"), function=torch.relu_)
    assert "changes its input" in reason_against(in_place, torch.float32, CPU)


def test_an_input_that_is_changed_in_the_rounds_makes_the_entry_invalid(own_lock, monkeypatch):
    monkeypatch.setenv("MISBEHAVE", "rounds")
    spec = spec_of("gelu", mis("changes_input_later"), "silu", n_calls=2, n_rounds=4)
    with Forker() as forker:
        (part,) = child_parts(forker.ask("measure", spec, SILENCE_S), spec)
    assert part.facts["invalid"] == {"changes_input_later": "changed its input while it was timed"}


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
    assert {name for name in Pass if hands_through(piece_of(function), name)} == expected


@pytest.mark.slow
def test_good_benchmarks_raise_no_alarm(own_lock, tmp_path):
    """Functions that are cheap, that compute nothing, that are composed; tiny and large sizes."""
    from bench_service.api import run
    from bench_service.suite import Suite

    document = {
        "name": "good",
        "activations": [
            "relu", "identity", "leaky_relu", "gelu", "hardswish", "prelu_channel", "relu2",
            mis("plain"), mis("adds_one"), mis("scales"), mis("prints"),
        ],
        "backends": ["cpu-eager"],
        "timing": {
            "passes": list(Pass), "numels": [1, 1024, 1 << 18], "processes": 3,
            "max_processes": 3, "max_rounds": 4, "child_ms": 30,
        },
    }  # fmt: skip
    done = run(Suite.from_document(document, "good"), db=tmp_path / "runs.db")
    table = done.timing
    assert set(table.status) == {"ok"}, table.reason.tolist()
    assert len(table) == 11 * 9
    alarms = table[table.quality == "invalid"]
    assert alarms.empty, alarms[["activation", "pass_name", "numel", "quality_reason"]].to_string()


@pytest.mark.slow
def test_a_compiled_group_on_all_threads_is_measured_and_a_broken_graph_fails_alone(own_lock):
    conditions = Conditions("cpu-compile", "forward", "float32", 1 << 17, threads=2)
    entries = tuple(
        EntrySpec(name.rpartition(":")[2], Role.CASE, name)
        for name in (mis("breaks_the_graph"), "gelu", "relu")
    )
    spec = GroupSpec(conditions, entries)
    with Forker() as forker:
        found, ended = probes_of(forker.ask("probe", spec, SILENCE_S, template=True))
        assert ended["status"] == "ok", ended
        assert found["breaks_the_graph"].n_calls == 0
        assert "Unsupported" in found["breaks_the_graph"].reason
        assert found["gelu"].facts["compile_time_ns"] > 0
        left = tuple(
            dataclasses.replace(entry, n_calls=found[entry.label].n_calls) for entry in entries[1:]
        )
        rounds = dataclasses.replace(spec, entries=left, n_rounds=3)
        for process_ix in range(2):
            child = dataclasses.replace(rounds, process_ix=process_ix)
            (part,) = child_parts(forker.ask("measure", child, SILENCE_S, template=True), child)
            assert part.facts["graphs"] >= 2
            assert "invalid" not in part.facts
        # Its template dies: the group is compiled anew, and goes on.
        (template,) = psutil.Process(forker.pid).children()
        template.kill()
        assert eventually(lambda: template.status() == psutil.STATUS_ZOMBIE)
        (part,) = child_parts(forker.ask("measure", rounds, SILENCE_S, template=True), rounds)
        if not isinstance(part, ChildResult):  # its threads were still ending: that costs one child
            (part,) = child_parts(forker.ask("measure", rounds, SILENCE_S, template=True), rounds)
        assert isinstance(part, ChildResult), part.reason
        assert len(part.blocks) == 2


@pytest.mark.slow
def test_a_run_survives_everything_that_users_do_in_it(own_lock, tmp_path):
    """One group in which nearly everybody misbehaves: who doesn't is measured as if alone."""
    from bench_service.api import run
    from bench_service.suite import Suite

    bad = ("raises", "exits", "segfaults", "eats_memory", "crashes_others", "not_a_number")
    document = {
        "name": "bad",
        "activations": [
            "gelu",
            *map(mis, bad),
            mis("leaves_daemon"),
            mis("prints"),
            "silu",
        ],
        "backends": ["cpu-eager"],
        "timing": {
            "passes": ["forward"], "numels": [64], "processes": 3, "max_processes": 3,
            "max_rounds": 4, "child_ms": 20,
        },
    }  # fmt: skip
    done = run(Suite.from_document(document, "bad"), db=tmp_path / "runs.db")
    assert done.status == "partial"
    table = done.timing.set_index(done.timing.activation.str.rpartition(":")[2])
    good = ("gelu", "silu", "leaves_daemon", "prints")
    assert table.status.to_dict() == dict.fromkeys(bad, "failed") | dict.fromkeys(good, "ok")
    assert (table.reason[list(bad)] != "").all()
    assert (table.n_processes[list(good)] >= 2).all()
    assert commands_with("3602") == []
