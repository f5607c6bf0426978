"""A worker's numbers for Prometheus, on this machine alone.

Nothing is computed but when somebody asks. Names follow https://prometheus.io/docs/practices/naming.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import psutil
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from bench_service.errors import JobError
from bench_service.service.job import PROTOCOL
from bench_service.service.tally import Tally
from db import tables
from db.errors import StoreError
from db.session import Store

LOOPBACK = "127.0.0.1"
STATUSES = ("done", "partial", "failed", "cancelled")
LOOK_S = 1.0
"""Between looks of the server whether it is to end; somebody who asks is heard at once."""


@dataclass(frozen=True, eq=False)
class WorkerMetrics(Collector):
    """What Prometheus gets of a worker."""

    tally: Tally
    is_busy: Callable[[], bool]
    waiting: Callable[[], Mapping[str, int]]
    version: str

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now; jobs that wait are left out while the store is away."""
        tally = self.tally
        ended = CounterMetricFamily(
            "bench_service_jobs", "Jobs that ended with this worker, by status.", labels=["status"]
        )
        for status in STATUSES:
            ended.add_metric([status], tally.n_jobs[status])
        yield ended
        yield SummaryMetricFamily(
            "bench_service_attempt_duration_seconds",
            "How long this worker's attempts at jobs took.",
            count_value=tally.n_attempts,
            sum_value=tally.attempts_s,
        )
        yield CounterMetricFamily(
            "bench_service_attempts_lost",
            "Attempts whose measuring process ended without a word.",
            value=tally.n_lost,
        )
        yield CounterMetricFamily(
            "bench_service_schedule_jobs",
            "Jobs that this worker made of schedules.",
            value=tally.n_due,
        )
        yield CounterMetricFamily(
            "bench_service_schedule_missed",
            "Moments at which a schedule was due, and that led to no job.",
            value=tally.n_missed,
        )
        yield from self._now()

    def _now(self) -> Iterator[Metric]:
        with suppress(StoreError):
            waiting = GaugeMetricFamily(
                "bench_service_jobs_waiting", "Jobs that wait in the store.", labels=["route"]
            )
            for route, n_jobs in sorted(self.waiting().items()):
                waiting.add_metric([route], n_jobs)
            yield waiting
        yield GaugeMetricFamily(
            "bench_service_worker_busy", "1 while a job is measured.", value=self.is_busy()
        )
        times = psutil.Process().cpu_times()
        yield CounterMetricFamily(
            "bench_service_worker_cpu_seconds",
            "CPU time of the worker itself, without what measures.",
            value=times.user + times.system,
        )
        yield GaugeMetricFamily(
            "bench_service_worker_last_beat_timestamp_seconds",
            "When the worker last said that it lives, in seconds since 1970.",
            value=self.tally.beat_at_s,
        )
        build = GaugeMetricFamily(
            "bench_service_build_info", "Always 1.", labels=["version", "protocol"]
        )
        build.add_metric([self.version, str(PROTOCOL)], 1)
        yield build


def waiting_by_route(store: Store) -> dict[str, int]:
    """How many jobs wait, by what they need; routes for which none does are left out."""
    table = tables.Job
    wanted = select(table.route, func.count()).where(table.status == "queued")
    with store.transaction(reads_only=True) as connection:
        rows = connection.execute(wanted.group_by(table.route)).all()
    return {str(route): int(n_jobs) for route, n_jobs in rows}


@contextmanager
def served(metrics: WorkerMetrics, port: int) -> Iterator[int]:
    """While in here, ``http://127.0.0.1:PORT/metrics`` answers; the port, free where 0 was asked.

    JobError where the port can't be had.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    try:
        server = make_server(LOOPBACK, port, make_wsgi_app(registry), _Server, _Silent)
    except (OSError, OverflowError) as error:
        raise JobError(
            "The metrics can't be served on that port.",
            got=f"{LOOPBACK}:{port}: {error}",
            next_step="choose another --metrics-port, or stop what uses it",
        ) from error
    thread = threading.Thread(
        target=server.serve_forever, args=(LOOK_S,), name="metrics", daemon=True
    )
    with server:
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Nothing: a worker's log is of jobs."""
