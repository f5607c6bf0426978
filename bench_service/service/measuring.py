"""The process that measures a job: ``python -m bench_service.service.measuring JOB STORE PARENT``.

It says how far it is in lines of JSON on its standard output, the last of them how it ended. It is
a process of its own so that a worker needs no torch, and outlives whatever it measures.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench_service.errors import (
    BenchServiceError,
    ForkerError,
    InterruptedRunError,
    MachineLockError,
    RunIsLiveError,
)
from bench_service.service.progress_lines import ProgressLines
from bench_service.service.run_of_job import ENDED_WELL, run_of_job
from bench_service.timing.confine import die_with_parent

Say = Callable[[Mapping[str, Any]], None]


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
    from db.errors import StoreError

    try:
        return run_of_job(uid, url, ProgressLines(say))
    except InterruptedRunError as error:
        return {"outcome": "released", "reason": error.what, "run": None}
    except RunIsLiveError as error:  # left behind by a lost worker, or resumed by hand
        return {"outcome": "lost", "reason": error.what, "run": None}
    except (ForkerError, MachineLockError) as error:  # this machine's fault, perhaps not another's
        return {"outcome": "lost", "reason": str(error), "run": None}
    except KeyboardInterrupt:
        return {"outcome": "released", "reason": "interrupted before it began", "run": None}
    except BenchServiceError as error:
        return {"outcome": "failed", "reason": str(error), "run": None}
    except StoreError as error:
        outcome = "released" if isinstance(error, _of_the_store_alone()) else "lost"
        return {"outcome": outcome, "reason": str(error), "run": None}


def _of_the_store_alone() -> tuple[type[Exception], ...]:
    """What isn't the job's fault: the next one would meet it too."""
    from db import errors

    return (
        errors.NotFoundError, errors.LockedStoreError, errors.ReadOnlyStoreError,
        errors.SchemaVersionError,
    )  # fmt: skip


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
