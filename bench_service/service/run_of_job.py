"""The run that a job leads to: the one that has ended, or was begun, or a new one."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bench_service.errors import InputError, JobError, RunIsLiveError
from bench_service.result import RunStatus, fingerprint
from bench_service.service.job import run_key, suite_of
from bench_service.service.progress_lines import ProgressLines

if TYPE_CHECKING:
    from bench_service.loaded import LoadedRun
    from bench_service.suite import Suite
    from db.session import Store

LAST_BREATH_S = 20.0
"""How long the process that a lost worker left behind may take to end."""
ENDED_WELL = {
    RunStatus.DONE: "done",
    RunStatus.PARTIAL: "partial",
    RunStatus.FAILED: "failed",
}
"""What an attempt is called whose run has ended so."""


def run_of_job(uid: str, url: str, shown: ProgressLines) -> dict[str, Any]:
    """How the attempt ended, once the job's run has: outcome, reason, and the run's id.

    A run that has ended is the answer, wherever it was measured. One that was begun in this
    environment goes on. Whatever stands in the way is raised.
    """
    from bench_service import api
    from bench_service.environment import read_environment
    from bench_service.service.ledger import Ledger
    from db.session import open_store

    with open_store(url, create=False) as store:
        ledger = Ledger(store)
        document, label = ledger.asked(uid)
        suite = suite_of(uid, document)
        environment = read_environment()
        prints = (environment.hardware_fingerprint, environment.software_fingerprint)
        key = run_key(uid, fingerprint(dict(zip(("hardware", "software"), prints, strict=True))))
        runs = ledger.runs_of(uid)
        ended = [run.uid for run in runs if run.status in ENDED_WELL]
        begun = [run.uid for run in runs if run.key == key]
        if begun and not ended:
            _take_over(store, begun[0])
    if ended:  # also in another environment: what was measured isn't measured again
        loaded = api.load(ended[0], db=url)
    elif begun:
        os.chdir(_folder(document, suite))
        loaded = _resumed(begun[0], url, shown)
    else:
        os.chdir(_folder(document, suite))
        loaded = api.run(
            suite, db=url, label=label, seed=int(document["seed"]), trigger="job",
            progress=shown, idempotency_key=key,
        )  # fmt: skip
    n_failed = int(loaded.header["n_failed"])
    reason = f"{n_failed} cases failed" if n_failed else ""
    return {"outcome": ENDED_WELL[loaded.status], "reason": reason, "run": loaded.uid}


def _take_over(store: Store, uid: str) -> None:
    """Close a run that a worker of another machine had begun, and was lost with.

    Of another machine's process nobody here can ask whether it lives; the job was given to us
    because its worker has been silent.
    """
    from bench_service.record import Recorder
    from db import queries
    from db.liveness import this_machine

    header = queries.run_header(store, uid)
    is_elsewhere = not this_machine().shares_processes(header["state"] or {})
    if header["status"] == RunStatus.RUNNING and is_elsewhere:
        Recorder(store).close_run(uid, RunStatus.INTERRUPTED)


def _resumed(uid: str, url: str, shown: ProgressLines) -> LoadedRun:
    """The run, once the process that a lost worker left behind has ended too.

    That one may end it well meanwhile.
    """
    from bench_service import api
    from db.errors import ClosedRunError

    deadline = time.monotonic() + LAST_BREATH_S
    while not _has_ended(uid, url):
        try:
            return api.resume(uid, db=url, progress=shown)
        except RunIsLiveError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        except (InputError, ClosedRunError):
            if not _has_ended(uid, url):
                raise
    return api.load(uid, db=url)


def _has_ended(uid: str, url: str) -> bool:
    from db import queries
    from db.session import open_store

    with open_store(url, read_only=True) as store:
        return queries.run_header(store, uid)["status"] in ENDED_WELL


def _folder(document: Mapping[str, Any], suite: Suite) -> str:
    """Where files of the user's activations are read from; JobError where they can't be."""
    folder = str(document["folder"])
    if os.path.isdir(folder):  # noqa: PTH112
        return folder
    training = suite.training.activations if suite.training else None
    places = {name: name.rpartition(":")[0] for name in (*suite.activations, *(training or ()))}
    own = [name for name, place in places.items() if place.endswith(".py") or "/" in place]
    if own:  # in another folder the same path may be another file
        raise JobError(
            "The folder that the job's own activations are read from isn't there.",
            got=f"{folder}, for {', '.join(own)}",
            next_step="submit it from a folder that the worker's machine has too",
        )
    return os.getcwd()  # noqa: PTH109
