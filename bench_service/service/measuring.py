"""The process that measures a job: ``python -m bench_service.service.measuring JOB STORE PARENT``.

It says how far it is in lines of JSON on its standard output, the last of them how it ended. It is
a process of its own so that a worker needs no torch, and outlives whatever it measures.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bench_service.errors import (
    BenchServiceError,
    ForkerError,
    InputError,
    InterruptedRunError,
    JobError,
    MachineLockError,
    RunIsLiveError,
)
from bench_service.result import RunStatus, fingerprint
from bench_service.service.job import run_key, suite_of
from bench_service.service.progress_lines import ProgressLines
from bench_service.timing.confine import die_with_parent

if TYPE_CHECKING:
    from bench_service.loaded import LoadedRun
    from bench_service.suite import Suite
    from db.session import Store

Say = Callable[[Mapping[str, Any]], None]
LAST_BREATH_S = 20.0
ENDED_WELL = {
    RunStatus.DONE: "done",
    RunStatus.PARTIAL: "partial",
    RunStatus.FAILED: "failed",
}
"""What an attempt is called whose run has ended so."""


def main(arguments: list[str]) -> int:
    """The exit status: 0 where the job ended, whatever was measured; 3 where it is to go on."""
    uid, url, parent = arguments
    die_with_parent(int(parent))
    signal.signal(signal.SIGTERM, _interrupt)
    with _channel() as say:
        ended = measured(uid, url, say)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say({"end": ended})
    return 0 if ended["outcome"] in ENDED_WELL.values() else 3


def measured(uid: str, url: str, say: Say) -> dict[str, Any]:
    """How the attempt ended: outcome, reason, and the run's id where there is one."""
    from db.errors import LockedStoreError, StoreError, UnreachableError

    try:
        return _measured(uid, url, say)
    except InterruptedRunError as error:
        return {"outcome": "released", "reason": error.what, "run": None}
    except RunIsLiveError as error:  # somebody resumed it by hand
        return {"outcome": "released", "reason": error.what, "run": None}
    except (ForkerError, MachineLockError) as error:  # this machine's fault, perhaps not another's
        return {"outcome": "lost", "reason": str(error), "run": None}
    except KeyboardInterrupt:
        return {"outcome": "released", "reason": "interrupted before it began", "run": None}
    except BenchServiceError as error:
        return {"outcome": "failed", "reason": str(error), "run": None}
    except (UnreachableError, LockedStoreError) as error:  # no fault of the job's
        return {"outcome": "released", "reason": str(error), "run": None}
    except StoreError as error:
        return {"outcome": "lost", "reason": str(error), "run": None}


def _measured(uid: str, url: str, say: Say) -> dict[str, Any]:
    from bench_service import api
    from bench_service.environment import read_environment
    from bench_service.service.ledger import Ledger
    from db.session import open_store

    with open_store(url, create=False) as store:
        ledger = Ledger(store)
        document, label = ledger.asked(uid)
        suite = suite_of(uid, document)
        folder = _folder(document, suite)
        environment = read_environment()
        prints = (environment.hardware_fingerprint, environment.software_fingerprint)
        key = run_key(uid, fingerprint(dict(zip(("hardware", "software"), prints, strict=True))))
        runs = ledger.runs_of(uid)
        ended = [run.uid for run in runs if run.status in ENDED_WELL]
        begun = [run.uid for run in runs if run.key == key]
        if begun and not ended:
            _take_over(store, begun[0])
    os.chdir(folder)
    shown = ProgressLines(say)
    if ended:  # also in another environment: what was measured isn't measured again
        loaded = api.load(ended[0], db=url)
    elif begun:
        loaded = _resumed(begun[0], url, shown)
    else:
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

    deadline = time.monotonic() + LAST_BREATH_S
    while not _has_ended(uid, url):
        try:
            return api.resume(uid, db=url, progress=shown)
        except RunIsLiveError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        except InputError:
            if not _has_ended(uid, url):
                raise
    return api.load(uid, db=url)


def _has_ended(uid: str, url: str) -> bool:
    from db import queries
    from db.session import open_store

    with open_store(url, read_only=True) as store:
        return queries.run_header(store, uid)["status"] in ENDED_WELL


def _folder(document: Mapping[str, Any], suite: Suite) -> str:
    """Where files of the user's activations are read from; InputError where they can't be."""
    folder = str(document["folder"])
    if os.path.isdir(folder):  # noqa: PTH112
        return folder
    training = suite.training.activations if suite.training else None
    own = [name for name in (*suite.activations, *(training or ())) if ":" in name]
    if own:  # in another folder the same path may be another file
        raise JobError(
            "The folder that the job's own activations are read from isn't there.",
            got=f"{folder}, for {', '.join(own)}",
            next_step="submit it from a folder that the worker's machine has too",
        )
    return os.getcwd()  # noqa: PTH109


def _interrupt(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would interrupt the keeping
    raise KeyboardInterrupt


@contextmanager
def _channel() -> Iterator[Say]:
    """Says lines to the worker; what anything else prints meanwhile goes to the log.

    A user's function that prints without an end of line would spoil the line that follows.
    """
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as lines:
        os.dup2(2, 1)

        def say(line: Mapping[str, Any]) -> None:
            lines.write(json.dumps(line) + "\n")
            lines.flush()

        yield say


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
