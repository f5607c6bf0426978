"""Where the queue is: in a database of its own, beside the store."""

from __future__ import annotations

import os

from sqlalchemy import make_url

from bench_service.errors import JobError
from db.filesystem import shared_kind
from db.location import Location, locate

ENVIRONMENT_VARIABLE = "BENCH_SERVICE_QUEUE"


def queue_of(store: Location) -> Location:
    """The queue's database: what ``BENCH_SERVICE_QUEUE`` names, else one named after the store.

    ``store.db`` has ``store.queue.db`` beside it; the database ``benchmarks`` of a server has
    ``benchmarks_queue``. JobError where both are one, or the queue's file is on a file system
    whose locks can't be trusted.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    place = locate(named) if named else _beside(store)
    if place.url == store.url:
        raise JobError(
            "The queue needs a database of its own.",
            got=str(place),
            allowed="any other file or database than the store's",
            next_step=f"name another one in {ENVIRONMENT_VARIABLE}, or none",
        )
    kind = "" if place.path is None else shared_kind(place.path)
    if kind:
        raise JobError(
            f"The queue's file would be on a shared file system ({kind}), whose locks may fail: "
            "two workers could then take one job.",
            got=str(place),
            allowed="a file on a disk of this machine, or a PostgreSQL database",
            next_step=f"name one in {ENVIRONMENT_VARIABLE}",
        )
    return place


def _beside(store: Location) -> Location:
    if store.path is not None:
        return locate(store.path.with_name(f"{store.path.stem}.queue.db"))
    url = make_url(store.url)
    own = url.set(database=f"{url.database}_queue")
    return locate(own.render_as_string(hide_password=False))
