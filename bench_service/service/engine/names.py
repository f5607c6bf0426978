"""What those who ask and those who take call things, and what leaves when the queue fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbos import error as dbos_errors
from sqlalchemy.exc import SQLAlchemyError

from bench_service.errors import JobError
from bench_service.service.job import PROTOCOL
from db.location import Location

NAME = "bench-service"
WORKFLOW = "job"
FIRE = "fire"
VERSION = f"jobs-{PROTOCOL}"
"""Workers of another protocol leave these jobs alone."""
SCHEMA = "dbos"


@contextmanager
def translated(place: Location) -> Iterator[None]:
    """A block from which the queue's own errors leave as a JobError."""
    try:
        yield
    except (SQLAlchemyError, dbos_errors.DBOSException, OSError) as error:
        raise JobError(
            "The queue's database can't be used.",
            got=f"{place}: {_first_line(error)}",
            next_step="check that it is there and may be written; what was stored is kept",
        ) from error


def _first_line(error: Any) -> str:  # noqa: ANN401
    return str(getattr(error, "orig", None) or error).splitlines()[0]
