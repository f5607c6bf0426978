"""What a forked child does: probe a group, compile it, or measure rounds of it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from bench_service.result import EntryBlocks, EntryProbe, Pass
from bench_service.timing.calibrate import calls_per_block, time_call_ns
from bench_service.timing.counters import steal_ns
from bench_service.timing.forked import NOBODY
from bench_service.timing.guards import (
    hands_through,
    reason_against,
    reason_against_compiled,
    saved_bytes_per_element,
)
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.spec import EntrySpec, GroupSpec
from bench_service.timing.stopwatch import HostStopwatch
from bench_service.timing.threads import end_thread_pool
from bench_service.timing.watch import Watch
from bench_service.timing.workbench import Workbench

Emit = Callable[[dict[str, Any]], None]
Enter = Callable[[int], None]


def random_of(spec: GroupSpec) -> np.random.Generator:
    """A generator of the child's own, fixed by the run's seed, the group and the child's number."""
    key = (int(spec.fingerprint, 16), spec.process_ix)
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=key))


def probe(spec: GroupSpec, emit: Emit, enter: Enter) -> None:
    """Emit an ``EntryProbe`` for every entry: checked, and calibrated where nothing was found."""
    bench = Workbench.set_up(spec, input_seed=spec.seed)
    for index, entry in enumerate(spec.entries):
        enter(index)
        try:
            found = _probe_entry(bench, entry)
        except Exception as error:  # whatever a user's function raises is a result
            found = EntryProbe(entry.label, entry.role, 0, 0.0, reason=describe(error))
        emit({"event": "probe", "probe": asdict(found)})


def describe(error: BaseException) -> str:
    """The error's type and first line."""
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _probe_entry(bench: Workbench, entry: EntrySpec) -> EntryProbe:
    saved, facts = None, {}
    if entry.activation:
        activation = bench.activation(entry)
        reason = reason_against(activation, bench.dtype, bench.x.device)
        if reason:
            return EntryProbe(entry.label, entry.role, 0, 0.0, reason=reason)
        facts = {
            "keeps_width": activation.shape_class.keeps_width,
            "is_composed": activation.is_composed,
        }
    if entry.activation and bench.steps is None:
        piece = bench.workpiece(entry, activation.function)
        if bench.backend.is_compiled:
            compiled = bench.backend.compile(activation.function)
            reason = reason_against_compiled(activation, bench.workpiece(entry, compiled))
            if reason:
                return EntryProbe(entry.label, entry.role, 0, 0.0, reason=reason)
        facts["returns_input"] = hands_through(piece, Pass(bench.spec.conditions.pass_name))
        if bench.spec.conditions.pass_name != Pass.FORWARD and not bench.backend.is_compiled:
            saved = saved_bytes_per_element(piece)
    call = bench.call(entry)
    call_time_ns = time_call_ns(call, bench.stopwatch())
    return EntryProbe(
        entry.label, entry.role, calls_per_block(call_time_ns), call_time_ns, saved, facts=facts
    )


def compile_entries(spec: GroupSpec, emit: Emit, enter: Enter) -> None:
    """Run every entry once, so that whatever is compiled is there for children forked later."""
    bench = Workbench.set_up(spec, input_seed=spec.seed)
    for index, entry in enumerate(spec.entries):
        enter(index)
        start = time.perf_counter_ns()
        try:
            bench.call(entry)()
        except Exception as error:  # the probe reports it with its reason
            emit({"event": "compile_failed", "label": entry.label, "reason": describe(error)})
            continue
        compile_time_ns = time.perf_counter_ns() - start
        emit({"event": "compiled", "label": entry.label, "compile_time_ns": compile_time_ns})
    end_thread_pool()


def measure(spec: GroupSpec, emit: Emit, enter: Enter) -> None:
    """Emit the group's rounds in parts, the last with facts that say how far to trust them."""
    started, stolen = time.perf_counter_ns(), steal_ns()
    random = random_of(spec)
    bench = Workbench.set_up(spec, input_seed=int(random.integers(2**62)))
    built = _build_entries(bench, random, emit, enter)
    places = [*built, NOBODY]  # places[NOBODY] is NOBODY
    plan = RoundPlan(spec.n_rounds, spec.n_warm_up, spec.rounds_per_part)
    stopwatch = bench.stopwatch()
    gc.collect()
    gc.disable()
    # The others know an entry by its place in the specification, not among those that were built.
    labels = [entry.label for entry in built.values()]
    watch = Watch(labels, lambda place: enter(places[place]), bench.watched())
    ready = time.perf_counter_ns()
    n_left = plan.n_parts
    for blocks in measure_rounds(list(built.values()), plan, stopwatch, random, watch.enter):
        watch.enter(NOBODY)
        n_left -= 1
        facts: dict[str, Any] = {}
        if not n_left:
            now = time.perf_counter_ns()
            times = {"set_up_ns": ready - started, "rounds_ns": now - ready}
            if isinstance(stopwatch, HostStopwatch):
                times["priming_ns"] = stopwatch.priming_ns
            found = {"invalid": watch.findings} if watch.findings else {}
            facts = bench.backend.facts() | times | _trust_facts(bench, stolen) | found
        plain = [_plain(block) for block in blocks]
        emit({"event": "part", "blocks": plain, "is_last": not n_left, "facts": facts})


def _build_entries(
    bench: Workbench, random: np.random.Generator, emit: Emit, enter: Enter
) -> dict[int, Entry]:
    """The entries by and in the order of their places in the specification, built in random order.

    What is built first gets other memory than what is built last. A fixed order would give the
    same entry the better memory in every child: ReLU's gradient differed from itself by 1.3 %.
    """
    built: dict[int, Entry] = {}
    for index in random.permutation(len(bench.spec.entries)).tolist():
        entry = bench.spec.entries[index]
        enter(index)
        try:
            call = bench.call(entry)
            call()
        except Exception as error:  # a result: the case failed
            emit({"event": "failed", "label": entry.label, "reason": describe(error)})
            continue
        built[index] = Entry(entry.label, entry.role, call, entry.n_calls)
    enter(NOBODY)
    return dict(sorted(built.items()))


def _trust_facts(bench: Workbench, stolen_before_ns: int | None) -> dict[str, Any]:
    total_ns = steal_ns()
    stolen_ns = (
        None if total_ns is None or stolen_before_ns is None else total_ns - stolen_before_ns
    )
    return {
        "steal_ns": stolen_ns,
        "address_mod_4096": bench.x.data_ptr() % 4096,
    }


def _plain(block: EntryBlocks) -> dict[str, Any]:
    arrays = {name: getattr(block, name).tolist() for name in EntryBlocks.array_names()}
    return {"label": block.label, "role": block.role, "n_calls": block.n_calls, **arrays}


TASKS: dict[str, Callable[[GroupSpec, Emit, Enter], None]] = {
    "probe": probe,
    "compile": compile_entries,
    "measure": measure,
}
"""The tasks that a child can be asked for, by name."""
