"""The verbs as functions: plan, run, load. The command line, notebooks and jobs call these."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench_service.errors import InputError, InterruptedRunError
from bench_service.result import RunStatus
from bench_service.suite import Suite, load_suite

if TYPE_CHECKING:
    import pandas as pd

    from bench_service.environment import Environment
    from bench_service.planning import Plan
    from bench_service.execution import Progress
    from bench_service.timing.events import Ask
    from db.session import Store


@dataclass(frozen=True)
class LoadedRun:
    """A stored run: what is known of it, and its timing cases analysed, one row each."""

    header: Mapping[str, Any]
    environment: Mapping[str, Mapping[str, Any]]
    timing: pd.DataFrame

    @property
    def uid(self) -> str:
        """The run's id."""
        return str(self.header["uid"])

    @property
    def status(self) -> RunStatus:
        """What became of the run; one whose process has ended without a word was interrupted."""
        status = RunStatus(self.header["status"])
        if status is RunStatus.RUNNING and not is_alive(self.header.get("state") or {}):
            return RunStatus.INTERRUPTED
        return status


def plan(suite: str | Suite = "quick") -> Plan:
    """The plan of a suite on this machine: groups of cases, and what can't run with its reason."""
    from bench_service.planning import make_plan

    return make_plan(load_suite(suite) if isinstance(suite, str) else suite)


def run(
    suite: str | Suite = "quick",
    *,
    db: str | os.PathLike[str] | None = None,
    label: str | None = None,
    seed: int | None = None,
    trigger: str = "api",
    progress: Progress | None = None,
    wait: bool = True,
) -> LoadedRun:
    """The finished run of a suite here and now; its results are in the store.

    Without ``db`` the default store. Raises InputError for what can't be planned,
    InterruptedRunError on Ctrl-C, with everything kept that was measured by then.
    """
    from bench_service.environment import read_environment
    from bench_service.record import Recorder
    from db.session import open_store

    planned = plan(suite)
    seed = secrets.randbelow(2**31) if seed is None else seed
    with open_store(store_url(db)) as store:
        recorder = Recorder(store)
        _record_activations(recorder, planned)
        header = _header(planned, read_environment(), label, seed, trigger)
        uid = recorder.begin_run(header)
        _measure(store, uid, planned, seed, progress, wait=wait)
        return load_from(store, uid)


def resume(
    reference: str,
    *,
    db: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    wait: bool = True,
) -> LoadedRun:
    """The run with what was missing of it measured; what was measured before stays as it is."""
    from bench_service.environment import read_environment
    from bench_service.record import Recorder
    from db import queries
    from db.session import open_store

    with open_store(store_url(db), create=False) as store:
        uid = queries.find_run(store, reference)
        header = queries.run_header(store, uid)
        if header["status"] == RunStatus.RUNNING and is_alive(header.get("state") or {}):
            raise InputError(
                f"Run {uid} is being measured right now.",
                got=f"process {header['state']['pid']} is alive",
                next_step="wait for it to end, or interrupt it first",
            )
        _require_same_environment(header, read_environment())
        Recorder(store).reopen_run(uid)
        suite = Suite.from_document(header["suite_document"], f"The suite of run {uid}")
        _measure(store, uid, plan(suite), int(header["seed"]), progress, wait=wait)
        return load_from(store, uid)


def load(reference: str = "latest", *, db: str | os.PathLike[str] | None = None) -> LoadedRun:
    """The run that an id, the beginning of one, a label or ``latest`` means."""
    from db import queries
    from db.session import open_store

    with open_store(store_url(db), read_only=True) as store:
        return load_from(store, queries.find_run(store, reference))


def load_from(store: Store, uid: str) -> LoadedRun:
    """The run of that id in an open store."""
    from bench_service.analysis.timing import summarise
    from db import queries

    timing = summarise(
        queries.timing_outcomes(store, uid),
        queries.timing_blocks(store, uid),
        queries.timing_processes(store, uid),
    )
    return LoadedRun(queries.run_header(store, uid), queries.environment(store, uid), timing)


def store_url(db: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    """The store that was asked for, or the default one."""
    from db.location import default_url

    return default_url() if db is None else db


def is_alive(state: Mapping[str, Any]) -> bool:
    """True where the process that measures a run is alive on this machine.

    A process id that was given anew after a restart doesn't count: the boot time says so.
    """
    if state.get("boot_time") is None or abs(state["boot_time"] - psutil.boot_time()) > 2:
        return False
    try:
        process = psutil.Process(int(state["pid"]))
        return abs(process.create_time() - state["process_started"]) < 2
    except (psutil.Error, KeyError):
        return False


def _measure(
    store: Store, uid: str, planned: Plan, seed: int, progress: Progress | None, *, wait: bool
) -> None:
    from bench_service.record import Recorder
    from bench_service.resumption import resumed_groups
    from bench_service.execution import Execution, Quiet
    from bench_service.timing.forker_client import Forker

    progress = Quiet() if progress is None else progress
    recorder = Recorder(store)
    earlier = resumed_groups(store, uid, planned, seed)
    try:
        with Forker(wait_for_machine=wait, on_busy=progress.waiting) as forker:
            ask: Ask = forker.ask
            execution = Execution(planned, uid, recorder, ask, progress, seed, resumed=earlier)
            status = execution.execute()
    except KeyboardInterrupt:
        recorder.close_run(uid, RunStatus.INTERRUPTED)
        raise InterruptedRunError(
            f"Run {uid} was interrupted; what was measured is kept.",
            next_step=f"bench-service run --resume {uid}",
        ) from None
    recorder.close_run(uid, status)


def _record_activations(recorder: Any, planned: Plan) -> None:  # noqa: ANN401  # the Recorder
    from bench_service.activations import ACTIVATIONS
    from bench_service.record import ActivationFacts

    wanted = {*planned.suite.activations, "relu"}
    recorder.activations(
        ActivationFacts(
            name=a.name, version=a.version, parameters=dict(a.parameters), family=a.family,
            shape_class=a.shape_class.value, formula=a.formula, latex=a.latex, source=a.source,
        )
        for a in ACTIVATIONS
        if a.name in wanted
    )  # fmt: skip


def _header(
    planned: Plan, environment: Environment, label: str | None, seed: int, trigger: str
) -> Any:  # noqa: ANN401  # a RunHeader
    from importlib.metadata import version

    from bench_service.environment import code_facts
    from bench_service.record import RunHeader

    return RunHeader(
        suite=planned.suite.name,
        suite_document=planned.suite.model_dump(mode="json"),
        hardware=environment.hardware,
        software=environment.software,
        hardware_fingerprint=environment.hardware_fingerprint,
        software_fingerprint=environment.software_fingerprint,
        hardware_label=environment.hardware_label,
        software_label=environment.software_label,
        torch_version=str(environment.software["packages"]["torch"]),
        trigger=trigger,
        label=label,
        seed=seed,
        n_planned=len(planned.cases) + len(planned.skips),
        engine_version=version("bench-service"),
        code=code_facts(Path(__file__).parent),
        state=environment.state,
    )


def _require_same_environment(header: Mapping[str, Any], now: Environment) -> None:
    for kind, then, current in (
        ("hardware", header["hardware_fingerprint"], now.hardware_fingerprint),
        ("software", header["software_fingerprint"], now.software_fingerprint),
    ):
        if then != current:
            raise InputError(
                f"Run {header['uid']} began on other {kind}; its halves couldn't be compared.",
                got=f"{kind} fingerprint {current}",
                allowed=then,
                next_step="resume it where it began, or start a new run",
            )
