"""The console script: runs a verb and turns errors into messages and exit statuses."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bench_service.cli import options
from bench_service.cli.app import app
from bench_service.errors import BenchServiceError, InterruptedRunError, MeasurementError
from db.errors import StoreError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status; never with a traceback for what users do."""
    sys.exit(status_of(arguments))


def status_of(arguments: Sequence[str] | None = None) -> int:
    """The exit status of a command line: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    options.reset()
    try:
        app(args=arguments, prog_name="bench-service")
    except SystemExit as ended:  # Typer prints usage errors itself and ends with status 2
        return ended.code if isinstance(ended.code, int) else DONE
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        return DONE
    except (BenchServiceError, StoreError) as error:
        print(error, file=sys.stderr)
        if isinstance(error, InterruptedRunError):
            return INTERRUPTED
        return FAILED if isinstance(error, MeasurementError) else BAD_INPUT
    return DONE
