"""A worker put together from its parts: the one place that knows them all."""

from __future__ import annotations

import threading
from importlib.metadata import version

from bench_service.service.attempts import Attempts
from bench_service.service.engine import Engine, JobQueue
from bench_service.service.firing import Firings
from bench_service.service.ledger import Ledger
from bench_service.service.messenger import Messenger
from bench_service.service.notices import Notices
from bench_service.service.others import Others
from bench_service.service.pace import Pace
from bench_service.service.places import queue_of
from bench_service.service.presence import Presence, Self
from bench_service.service.reclaiming import Reclaim
from bench_service.service.reports import Reports
from bench_service.service.tidying import Tidying
from bench_service.service.timetable import Timetable
from bench_service.service.webhook import Webhook
from bench_service.service.worker import Worker
from db.session import Store


def worker_of(
    store: Store, identity: str, routes: tuple[str, ...], webhook: Webhook | None = None
) -> Worker:
    """A worker for the jobs of a store that need one of these routes."""
    place, pace, stopping = queue_of(store.location), Pace(), threading.Event()
    own = Self(identity, identity.partition("/")[0], routes, version("bench-service"))
    ledger, notices = Ledger(store), Notices(store)
    messenger = None if webhook is None else Messenger(notices, webhook.tell)
    reports = Reports(notices, messenger)

    def queue() -> JobQueue:
        return JobQueue(place)

    timetable = Timetable(Firings(store), queue)
    return Worker(
        routes=routes,
        ledger=ledger,
        engine=Engine(place, identity, routes, pace, timetable.fire),
        pace=pace,
        presence=Presence(store, own),
        reclaim=Reclaim(identity, routes, ledger, Others(store, identity), queue),
        attempts=Attempts(identity, store.url, ledger, queue, pace, reports, stopping),
        reports=reports,
        timetable=timetable,
        tidying=Tidying(queue),
        stopping=stopping,
    )
