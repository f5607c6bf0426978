"""What Prometheus reads of a worker."""

from __future__ import annotations

import socket
import urllib.request
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families
from service_rows import give_job

from bench_service.errors import JobError
from bench_service.service import metrics as module
from bench_service.service.metrics import WorkerMetrics, served, waiting_by_route
from bench_service.service.tally import Tally
from db.errors import StoreError

TALLY = Tally(Counter(done=3, failed=1), 5, 12.5, 1, 4, 2, 1_770_000_000.5)
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(autouse=True)
def ends_at_once(monkeypatch):
    monkeypatch.setattr(module, "LOOK_S", 0.02)


def ask(port):
    with OPENER.open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation and family.type != "unknown" for family in families)
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def metrics(waiting=dict, is_busy=lambda: True):
    return WorkerMetrics(TALLY, is_busy, waiting, "0.4.0")


def test_the_numbers_are_there_under_their_names():
    with served(metrics(lambda: {"cuda": 2, "cpu": 7}), 0) as port:
        said = ask(port)
    assert said.pop(("bench_service_worker_cpu_seconds_total",)) > 0
    assert said == {
        ("bench_service_jobs_total", "done"): 3,
        ("bench_service_jobs_total", "partial"): 0,
        ("bench_service_jobs_total", "failed"): 1,
        ("bench_service_jobs_total", "cancelled"): 0,
        ("bench_service_attempt_duration_seconds_count",): 5,
        ("bench_service_attempt_duration_seconds_sum",): 12.5,
        ("bench_service_attempts_lost_total",): 1,
        ("bench_service_schedule_jobs_total",): 4,
        ("bench_service_schedule_missed_total",): 2,
        ("bench_service_jobs_waiting", "cpu"): 7,
        ("bench_service_jobs_waiting", "cuda"): 2,
        ("bench_service_worker_busy",): 1,
        ("bench_service_worker_last_beat_timestamp_seconds",): 1_770_000_000.5,
        ("bench_service_build_info", "1", "0.4.0"): 1,
    }


def test_nothing_is_asked_of_the_store_but_when_somebody_asks():
    asked = []
    with served(metrics(lambda: asked.append(1) or {}), 0) as port:
        assert asked == []
        ask(port)
        assert asked == [1]


def test_while_the_store_is_away_the_rest_is_told():
    def away():
        raise StoreError("The store is away.")

    with served(metrics(away), 0) as port:
        said = ask(port)
    assert ("bench_service_worker_busy",) in said
    assert not [name for name, *_ in said if name == "bench_service_jobs_waiting"]


def test_only_jobs_that_wait_are_counted(store):
    give_job(store, "a")
    give_job(store, "b", route="cuda")
    give_job(store, "c", route="cuda")
    give_job(store, "d", status="running")
    give_job(store, "e", status="done")
    assert waiting_by_route(store) == {"cpu": 1, "cuda": 2}


def test_only_this_machine_is_answered():
    with served(metrics(), 0) as port, socket.socket() as other:
        other.settimeout(5)
        with pytest.raises(OSError, match="refused"):
            other.connect(("127.0.0.2", port))


def test_a_port_that_is_taken_is_refused_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(JobError) as caught, served(metrics(), port):
            pass
    assert str(port) in caught.value.got
    assert "--metrics-port" in caught.value.next_step


def test_the_port_is_free_again_afterwards():
    with served(metrics(), 0) as port:
        pass
    with served(metrics(), port) as again:
        assert again == port
