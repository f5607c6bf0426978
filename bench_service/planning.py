"""Suite and machine in, groups of cases out; what can't run keeps its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import psutil

from bench_service.backends import BACKENDS, Backend
from bench_service.errors import SuiteError
from bench_service.references import check_reference
from bench_service.result import Conditions, Pass, Skip, TimingCase
from bench_service.suite import Suite, TimingSuite
from bench_service.timing.allocator import ALWAYS_MAPPED_BYTES
from bench_service.timing.expectation import seconds_to_time
from bench_service.timing.inputs import INPUTS, LAYOUTS
from bench_service.training.planning import TrainingPlan, plan_training
from bench_service.workloads import WORKLOADS

ITEMSIZE = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}

N_BESIDE = 4
"""Entries of a round beside its cases: ReLU twice, a copy, and a call that does nothing."""

# Tensors of a group's size that live at once beside one entry's own: input, copy, result, and
# intermediate results of composed functions.
TENSORS_SHARED = 6
# Tensors that an entry keeps while its backward pass is timed: output, its gradient, two saved.
TENSORS_PER_ENTRY = 4
MEMORY_SHARE = 0.8

# Below this output size the warm allocator isn't measured of its own: the C library keeps blocks
# that small mapped anyway once they have been freed (mallopt(3)).
ARENA_MATTERS_BYTES = ALWAYS_MAPPED_BYTES // 8


@dataclass(frozen=True)
class Group:
    """Cases that share everything but the activation; they are timed in the same rounds."""

    conditions: Conditions
    cases: tuple[TimingCase, ...]


@dataclass(frozen=True, repr=False)
class Plan:
    """What will be measured, and what can't be."""

    suite: Suite
    groups: tuple[Group, ...]
    skips: tuple[Skip, ...]
    folder: Path = field(default_factory=Path.cwd)
    """Where paths of the user's own activations are read from."""
    training: TrainingPlan = field(default_factory=TrainingPlan)

    @property
    def cases(self) -> tuple[TimingCase, ...]:
        """The cases that will be measured, group by group."""
        return tuple(case for group in self.groups for case in group.cases)

    def __repr__(self) -> str:
        n_groups = len(self.groups)
        groups = f"{n_groups} group" + ("" if n_groups == 1 else "s")
        return (
            f"<Plan of suite {self.suite.name}: {len(self.cases)} cases in {groups}, "
            f"{len(self.skips)} skipped, {self.training.n_slices} slices to train, "
            f"about {expected_seconds(self):.0f} s>"
        )


def make_plan(suite: Suite, folder: Path | None = None) -> Plan:
    """The plan of a suite on this machine; SuiteError or UnknownNameError for names unknown.

    Files of the user's are read from ``folder``, by default the current one.
    """
    folder = Path.cwd() if folder is None else folder
    of_training = suite.training.activations if suite.training else ()
    for reference in (*suite.activations, *of_training):
        check_reference(reference, folder)
    if suite.timing is None and suite.training is None:
        raise SuiteError(
            f"Suite {suite.name!r} has nothing to measure.",
            got="neither a table [timing] nor a table [training]",
            allowed="a table [timing], which may be empty: every field has a default",
            next_step="add one of them, or add --kind timing",
        )
    training = plan_training(suite, folder)
    groups, skips = plan_timing(suite) if suite.timing is not None else ((), ())
    return Plan(suite, groups, skips, folder, training)


def plan_timing(suite: Suite) -> tuple[tuple[Group, ...], tuple[Skip, ...]]:
    """The groups of a suite on this machine, and what can't be timed here."""
    assert suite.timing is not None
    names = BACKENDS.names() if suite.backends == "auto" else suite.backends
    backends = [BACKENDS.get(name) for name in names]
    usable = [backend for backend in backends if backend.unavailable() is None]
    if not usable and suite.backends == "auto":
        raise SuiteError("No backend can run on this machine.", got=", ".join(names))
    chosen = usable if suite.backends == "auto" else backends
    groups: list[Group] = []
    skips: list[Skip] = []
    # What differs for one backend may be the same for another: GPUs know no number of threads.
    of_steps = _step_conditions(suite, chosen)
    for conditions in dict.fromkeys((*_conditions(suite.timing, chosen), *of_steps)):
        cases = tuple(TimingCase(name, conditions) for name in suite.activations)
        reason = reason_to_skip(conditions, len(cases))
        if reason:
            skips += [Skip(case, reason) for case in cases]
        else:
            groups.append(Group(conditions, cases))
    return tuple(groups), tuple(skips)


def check_inputs(timing: TimingSuite) -> None:
    """Nothing; UnknownNameError or SuiteError for inputs or layouts that there aren't."""
    for name in (*timing.inputs, *timing.input_sweep):
        INPUTS.get(name)
    for layout in set(timing.layouts) - set(LAYOUTS):
        raise SuiteError(f"There is no layout {layout!r}.", allowed=", ".join(LAYOUTS))


def _conditions(timing: TimingSuite, backends: Iterable[Backend]) -> Iterator[Conditions]:
    check_inputs(timing)
    n_cores = psutil.cpu_count(logical=False) or 1
    threads = tuple(dict.fromkeys(n_cores if n == "all" else n for n in timing.threads))
    numels = tuple(dict.fromkeys(timing.numels))
    middle = sorted(numels)[len(numels) // 2]
    passes = tuple(p for p in timing.passes if p is not Pass.STEP)
    crossed = product(passes, timing.dtypes, numels, timing.layouts, threads, timing.inputs)
    swept = product(
        passes[:1], timing.dtypes[:1], (middle,), timing.layouts[:1], threads[:1],
        tuple(name for name in timing.input_sweep if name not in timing.inputs),
    )  # fmt: skip
    for values in dict.fromkeys((*crossed, *swept)):
        pass_name, dtype, numel, layout, n_threads, input_name = values
        for backend in backends:
            wanted = backend.conditions if timing.conditions == "all" else backend.conditions[:1]
            for condition in wanted:
                if condition == "arena" and numel * ITEMSIZE[dtype] < ARENA_MATTERS_BYTES:
                    continue
                yield Conditions(
                    backend.name, pass_name.value, dtype, numel, condition, layout,
                    n_threads if backend.device == "cpu" else 1, input_name,
                )  # fmt: skip


def _step_conditions(suite: Suite, backends: Iterable[Backend]) -> Iterator[Conditions]:
    """The groups of the pass ``step``: ``input`` is the workload, ``numel`` the batch's rows."""
    timing = suite.timing
    assert timing is not None
    if Pass.STEP not in timing.passes:
        return
    named = timing.workloads or (suite.training.workloads if suite.training else ())
    if not named:
        raise SuiteError(
            "The pass step needs a workload whose step it is.",
            got="no workload",
            allowed=", ".join(WORKLOADS.names()),
            next_step="name one with --workload, or in a suite's [timing] or [training]",
        )
    for name, backend in product(named, backends):
        if not backend.is_compiled:
            rows = WORKLOADS.get(name).batch_size
            yield Conditions(
                backend.name, Pass.STEP.value, "float32", rows, backend.conditions[0], input=name
            )


def reason_to_skip(
    conditions: Conditions,
    n_cases: int,
    free_bytes: Callable[[Backend], int] = lambda backend: backend.memory_bytes(),
) -> str:
    """Why a group can't run on this machine, as a sentence; empty where it can."""
    backend = BACKENDS.get(conditions.backend)
    unavailable = backend.unavailable()
    if unavailable:
        return unavailable
    if conditions.pass_name == Pass.STEP:
        return WORKLOADS.get(conditions.input).unavailable() or ""
    if conditions.dtype not in backend.dtypes:
        return f"{backend.name} doesn't do {conditions.dtype}; it does {', '.join(backend.dtypes)}."
    kept = 0 if conditions.pass_name == Pass.FORWARD else TENSORS_PER_ENTRY * (n_cases + N_BESIDE)
    needed = conditions.numel * ITEMSIZE[conditions.dtype] * (TENSORS_SHARED + kept)
    free = MEMORY_SHARE * free_bytes(backend)
    if needed > free:
        return (
            f"{conditions.numel:,} elements need about {needed / 1e9:,.1f} GB at once, and "
            f"{free / 1e9:,.1f} GB may be used."
        )
    return ""


def expected_seconds(plan: Plan) -> float:
    """About how long a run of the plan takes, in s."""
    return expected_timing_seconds(plan) + plan.training.expected_seconds


def expected_timing_seconds(plan: Plan) -> float:
    """About how long its timing takes, in s: never much more than the suite's budget allows."""
    timing = plan.suite.timing
    if timing is None or not plan.groups:
        return 0.0
    groups = ((group.conditions, len(group.cases) + N_BESIDE) for group in plan.groups)
    return seconds_to_time(groups, timing, n_cores=psutil.cpu_count() or 1)
