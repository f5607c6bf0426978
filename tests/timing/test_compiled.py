"""Compiled code: whole graphs, none anew while times are taken, and no eager stand-in."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import psutil
import pytest
import torch
from forking import eventually, mis

from bench_service.activations import ACTIVATIONS
from bench_service.backends.compilation import compile_whole
from bench_service.result import ChildResult, Conditions, Role
from bench_service.timing.events import child_parts, probes_of
from bench_service.timing.forker_client import Forker
from bench_service.timing.guards import reason_against_compiled
from bench_service.timing.passes import Workpiece
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.watch import Watch

SILENCE_S = 60.0


def piece_of(function, shape=(64, 16)) -> Workpiece:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)).requires_grad_()
    return Workpiece(function, x, (x,))


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
