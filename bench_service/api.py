"""The verbs as functions: plan, run, resume, load. The command line, notebooks and jobs call these.

::

    from bench_service import Suite, load, plan, run

    plan("smoke")                         # what would be measured, and for how long
    done = run("smoke", label="before")   # measures; the results are in the store
    done.timing                           # a DataFrame, one row a case
    load("before").timing                 # the same, from the store
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING

from bench_service.beginning import require_sound
from bench_service.errors import InterruptedRunError
from bench_service.loaded import LoadedRun, load_from
from bench_service.result import RunStatus
from bench_service.seeds import new_seed
from bench_service.suite import Suite, TimingSuite, load_suite

if TYPE_CHECKING:
    from bench_service.execution import Progress
    from bench_service.planning import Plan
    from bench_service.record import Recorder
    from bench_service.timing.forker_pool import ForkerPool
    from db.session import Store

__all__ = ["LoadedRun", "load", "plan", "resume", "run"]

Place = str | os.PathLike[str]


def plan(suite: Place | Suite = "quick") -> Plan:
    """The plan of a suite on this machine: groups of cases, and what can't run with its reason.

    A suite is a ``Suite``, the name of a built-in one, or the path of a TOML file.
    """
    from bench_service.planning import make_plan

    return make_plan(suite if isinstance(suite, Suite) else load_suite(os.fspath(suite)))


def run(
    suite: Place | Suite = "quick",
    *,
    db: Place | None = None,
    label: str | None = None,
    seed: int | None = None,
    trigger: str = "api",
    progress: Progress | None = None,
    wait: bool = True,
    idempotency_key: str | None = None,
) -> LoadedRun:
    """The finished run of a suite here and now; its results are in the store.

    Without ``db`` the default store; without ``seed`` a new one; without ``wait`` an error where
    another process is measuring on this machine. Raises InputError for what can't be planned,
    InterruptedRunError on Ctrl-C, with everything kept that was measured by then.
    """
    seed = new_seed() if seed is None else seed
    require_sound(label, seed)
    suite = suite if isinstance(suite, Suite) else load_suite(os.fspath(suite))
    with closing(_forkers(suite.timing, progress, wait=wait)) as forkers:
        if suite.timing is not None:
            with suppress(OSError):  # what is in the way is said when needed, after bad input
                forkers.launch()  # they import torch while this process does, and plans
        from bench_service.beginning import header_of, record_activations
        from bench_service.environment import read_environment
        from bench_service.record import Recorder
        from db.session import open_store

        planned = plan(suite)
        with open_store(store_url(db)) as store:
            recorder = Recorder(store)
            record_activations(recorder, planned)
            environment = read_environment()
            with ExitStack() as machine:
                if planned.groups:
                    machine.enter_context(forkers)
                header = header_of(planned, environment, label, seed, trigger, idempotency_key)
                uid = recorder.begin_run(header)
                with _ended_properly(recorder, uid, db):
                    timed = _timed(store, recorder, uid, planned, seed, progress, forkers)
                    machine.close()  # training shares the machine with others who train
                    trained = _trained(store, recorder, uid, planned, progress, wait=wait)
                    recorder.close_run(uid, joined(timed, trained))
            return load_from(store, uid)


def resume(
    reference: str,
    *,
    db: Place | None = None,
    progress: Progress | None = None,
    wait: bool = True,
) -> LoadedRun:
    """The run with what was missing of it measured; what was measured before stays as it is."""
    from bench_service.beginning import (
        folder_of,
        record_activations,
        require_resumable,
        require_same_environment,
    )
    from bench_service.environment import read_environment
    from bench_service.planning import make_plan
    from bench_service.record import Recorder
    from db import queries
    from db.session import open_store

    with open_store(store_url(db), create=False) as store:
        uid = queries.find_run(store, reference)
        header = queries.run_header(store, uid)
        require_resumable(header)
        environment = read_environment()
        require_same_environment(header, environment)
        suite = Suite.from_document(header["suite_document"], f"The suite of run {uid}")
        planned, seed = make_plan(suite, folder_of(header)), int(header["seed"])
        recorder = Recorder(store)
        record_activations(recorder, planned)
        with ExitStack() as machine:
            forkers = _forkers(suite.timing, progress, wait=wait)
            if planned.groups:
                machine.enter_context(forkers)
            recorder.reopen_run(uid, environment.state)
            with _ended_properly(recorder, uid, db):
                timed = _timed(store, recorder, uid, planned, seed, progress, forkers)
                machine.close()
                trained = _trained(store, recorder, uid, planned, progress, wait=wait)
                recorder.close_run(uid, joined(timed, trained))
        return load_from(store, uid)


def load(reference: str = "latest", *, db: Place | None = None) -> LoadedRun:
    """The run that an id, the beginning of one, a label or ``latest`` means."""
    from db import queries
    from db.session import open_store

    with open_store(store_url(db), read_only=True) as store:
        return load_from(store, queries.find_run(store, reference))


def store_url(db: Place | None) -> Place:
    """The store that was asked for, or the default one."""
    from db.location import default_url

    return default_url() if db is None else db


def resume_command(uid: str, db: Place | None) -> str:
    """The command that measures what a run is missing, from whatever folder.

    A password in the address is left out.
    """
    if db is None:
        return f"bench-service run --resume {uid}"
    from db.location import locate

    place = locate(db)
    named = str(place) if place.path is None else os.fspath(place.path)
    return f"bench-service run --resume {uid} --db {shlex.quote(named)}"


def n_parents_of(timing: TimingSuite | None) -> int:
    """How many interpreters a run forks from: no more than a group has children."""
    return 1 if timing is None else min(timing.parents, timing.processes)


def _forkers(timing: TimingSuite | None, progress: Progress | None, *, wait: bool) -> ForkerPool:
    from bench_service.timing.forker_pool import ForkerPool  # imports no torch

    pool = ForkerPool(n_parents_of(timing), wait)
    if progress is not None:
        pool.on_busy = progress.waiting
    return pool


@contextmanager
def _ended_properly(recorder: Recorder, uid: str, db: Place | None) -> Iterator[None]:
    """Where measuring is interrupted, or the store fails, the run says so, and so does the error.

    A run that can't even be closed is known as interrupted by the end of its process.
    """
    from db.errors import StoreError

    command = resume_command(uid, db)
    try:
        yield
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt, StoreError):
            recorder.close_run(uid, RunStatus.INTERRUPTED)
        raise InterruptedRunError(
            f"Run {uid} was interrupted; what was measured is kept.", next_step=command
        ) from None
    except StoreError as error:
        with suppress(KeyboardInterrupt, StoreError):
            recorder.close_run(uid, RunStatus.INTERRUPTED)
        raise type(error)(
            f"Run {uid} stopped, and what was stored of it is kept. {error.what}",
            got=error.got,
            allowed=error.allowed,
            next_step="; ".join(filter(None, (error.next_step, f"then `{command}`"))),
        ) from error


def _timed(
    store: Store,
    recorder: Recorder,
    uid: str,
    planned: Plan,
    seed: int,
    progress: Progress | None,
    forkers: ForkerPool,
) -> RunStatus | None:
    """What became of the timing part of a run; None where it has none."""
    from bench_service.execution import Execution, Quiet
    from bench_service.resumption import resumed_groups

    if planned.suite.timing is None:
        return None
    shown = Quiet() if progress is None else progress
    earlier = resumed_groups(store, uid, planned, seed)
    return Execution(planned, uid, recorder, forkers.ask, shown, seed, resumed=earlier).execute()


def _trained(
    store: Store,
    recorder: Recorder,
    uid: str,
    planned: Plan,
    progress: Progress | None,
    *,
    wait: bool,
) -> RunStatus | None:
    """What became of the training part of a run; None where it has none."""
    from bench_service.execution import Quiet
    from bench_service.training.running import train_plan

    if planned.suite.training is None:
        return None
    shown = Quiet() if progress is None else progress
    trained = train_plan(store, recorder, uid, planned.training, shown, shown.waiting, wait=wait)
    if trained.n_failed:
        return RunStatus.PARTIAL if trained.n_ok else RunStatus.FAILED
    return RunStatus.DONE if trained.n_ok else RunStatus.FAILED


def joined(*parts: RunStatus | None) -> RunStatus:
    """The status of a run by those of its parts: failed only where nothing of it was measured."""
    statuses = {status for status in parts if status is not None}
    return statuses.pop() if len(statuses) == 1 else RunStatus.PARTIAL
