"""The console script: runs a verb and turns errors into messages and exit statuses."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench_service.cli import options
from bench_service.cli.app import Ended, app
from bench_service.cli.output import complain
from bench_service.cli.streams import swallow_the_rest, tolerate_every_text
from bench_service.errors import BenchServiceError, InterruptedRunError, MeasurementError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
INTERRUPTING = ("SIGTERM", "SIGHUP")
"""Signals that end a verb as Ctrl-C does, with the same exit status."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status; never with a traceback for what users do."""
    sys.exit(status_of(arguments))


def status_of(arguments: Sequence[str] | None = None) -> int:
    """The exit status of a command line: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    tolerate_every_text()
    options.reset()
    try:
        with _interrupted_by_signals():
            status = _status_of_verb(arguments)
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has seen enough
        swallow_the_rest()
        return DONE
    except OSError as error:
        swallow_the_rest()
        complain(f"The operating system refused: {error}")
        return BAD_INPUT
    return status


def _status_of_verb(arguments: Sequence[str] | None) -> int:
    try:
        app(args=arguments, prog_name="bench-service")
    except SystemExit as ended:  # Typer prints usage errors itself and ends with status 2
        return ended.code if isinstance(ended.code, int) else DONE
    except KeyboardInterrupt:
        return _interrupted()
    except Ended as ended:
        if isinstance(ended.__cause__, OSError):
            raise ended.__cause__ from None
        return _interrupted()
    except BenchServiceError as error:
        complain(error)
        if isinstance(error, InterruptedRunError):
            return INTERRUPTED
        return FAILED if isinstance(error, MeasurementError) else BAD_INPUT
    except Exception as error:
        if not _is_of_the_store(error):
            raise
        complain(error)
        return BAD_INPUT
    return DONE


def _interrupted() -> int:
    complain("Interrupted.")
    return INTERRUPTED


def _is_of_the_store(error: Exception) -> bool:
    """Whether it is a StoreError; where no store was opened, SQLAlchemy isn't imported to tell."""
    module = sys.modules.get("db.errors")
    return module is not None and isinstance(error, module.StoreError)


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """For a while, what a supervisor sends to end a program ends it as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    known = [getattr(signal, name) for name in INTERRUPTING if hasattr(signal, name)]
    before = {
        number: signal.signal(number, interrupt)
        for number in known
        if signal.getsignal(number) is not signal.SIG_IGN  # nohup means it
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
