"""A worker's part in schedules: the queue is told of them, and what has come becomes jobs."""

from __future__ import annotations

import threading

import pytest
from asked_jobs import SUITE
from fixed_clock import FixedClock, utc
from waited_for import until

from bench_service.errors import JobError
from bench_service.service.cron import Cron
from bench_service.service.engine import Engine, JobQueue
from bench_service.service.firing import Firings
from bench_service.service.pace import Pace
from bench_service.service.schedules import Schedules, document_of
from bench_service.service.timetable import Timetable
from bench_service.suite import parse_suite
from db import queries

HOURLY = Cron("0 * * * *", "Europe/Berlin")
DOCUMENT = document_of(parse_suite(SUITE, "a test"), "/home/ann")


class Queue:
    """A queue that keeps what it is told."""

    def __init__(self):
        self.fires = []
        self.jobs = []
        self.is_lost = False

    def __call__(self):
        if self.is_lost:
            raise JobError("There is no queue yet.")
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def fire_at(self, crons):
        self.fires.append(dict(crons))

    def enqueue(self, uid, route, priority):
        self.jobs.append((uid, route, priority))


@pytest.fixture
def clock():
    return FixedClock(2026, 5, 1, 11, 30)


@pytest.fixture
def schedules(store, clock):
    return Schedules(store, clock)


@pytest.fixture
def table(store, clock):
    return Timetable(Firings(store, clock), Queue(), clock, lambda: clock().timestamp())


@pytest.fixture
def add(schedules):
    def added(name="hourly"):
        schedules.add(name, HOURLY, DOCUMENT, route="cpu", created_by="ann@lab")

    return added


def test_the_queue_is_told_of_schedules_when_they_change(table, schedules, add):
    queue = table._queue
    table.look(is_busy=False)
    add()
    table.look(is_busy=False)
    table.look(is_busy=False)
    schedules.remove("hourly")
    table.look(is_busy=False)
    assert queue.fires == [{}, {"hourly": ("0 * * * *", "Europe/Berlin")}, {}]


def test_a_queue_that_was_lost_is_told_of_all_schedules_again(table, add):
    add()
    for _ in range(2):
        table.look(is_busy=False)
        table.begin_anew()
    assert table._queue.fires == [{"hourly": ("0 * * * *", "Europe/Berlin")}] * 2


def test_what_was_settled_is_told_once_also_where_the_queue_is_away(table, clock, add):
    add()
    clock.pass_by(hours=1)
    table._queue.is_lost = True
    with pytest.raises(JobError):
        table.look(is_busy=False)
    table._queue.is_lost = False
    (settled,) = table.look(is_busy=False)
    assert len(settled.jobs) == 1
    assert table.look(is_busy=False) == []


def test_while_a_job_is_at_work_the_store_is_asked_only_when_something_is_due(
    store, table, clock, add, monkeypatch
):
    add()
    table.look(is_busy=False)
    asked = []
    ask = store.__class__.transaction
    monkeypatch.setattr(
        store.__class__, "transaction", lambda *a, **k: (asked.append(1), ask(*a, **k))[1]
    )
    assert (table.look(is_busy=True), asked) == ([], [])
    clock.now = utc(2026, 5, 1, 12)
    (settled,) = table.look(is_busy=True)
    assert [job.due_at for job in settled.jobs] == [clock.now]
    assert len(table._queue.fires) == 1, "the queue was asked while a job was at work"


def test_what_the_queue_fires_may_be_taken_at_once(table, clock, add):
    add()
    clock.pass_by(hours=1)
    table.fire()
    table.fire()
    (settled,) = table.look(is_busy=False)
    assert table._queue.jobs == [(settled.jobs[0].uid, "cpu", 100)]


def test_a_queue_that_is_away_when_it_fires_loses_nothing(store, table, clock, add):
    add()
    clock.pass_by(hours=1)
    table._queue.is_lost = True
    table.fire()
    assert queries.jobs(store)["status"].tolist() == ["queued"]


def test_the_queue_fires_when_a_schedule_is_due_and_not_once_it_is_gone(place):
    fired = threading.Event()
    engine = Engine(place, "lab/a", ("cpu",), Pace(idle_s=0.05), fired.set)
    engine.launch(lambda uid: None)
    try:
        with JobQueue(place) as queue:
            queue.fire_at({"each second": ("* * * * * *", "UTC"), "never": ("0 0 1 1 *", "UTC")})
            until(fired.is_set)
            queue.fire_at({"each second": ("0 0 1 1 *", "UTC")})
            known = {each["schedule_name"]: each["schedule"] for each in schedules_of(queue)}
            assert known == {"each second": "0 0 1 1 *"}
            queue.fire_at({})
            assert schedules_of(queue) == []
    finally:
        engine.stop()


def schedules_of(queue):
    return queue._client.list_schedules()
