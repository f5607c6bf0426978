"""Moments become jobs: one each, whoever looks, however often, whatever the clocks do."""

from __future__ import annotations

import threading

import pytest
from asked_jobs import SUITE
from fixed_clock import FixedClock, utc
from sqlalchemy import update

from bench_service.service.cron import Cron
from bench_service.service.firing import Firings
from bench_service.service.schedules import Schedules, document_of
from bench_service.suite import parse_suite
from db import queries
from db.tables import Schedule

DOCUMENT = document_of(parse_suite(SUITE, "a test"), "/home/ann")
HOURLY = Cron("0 * * * *")


@pytest.fixture
def clock():
    return FixedClock(2026, 5, 1, 11, 30)


@pytest.fixture
def add(store, clock):
    def added(name="hourly", cron=HOURLY, document=DOCUMENT, **changes):
        more = {"route": "cpu", "created_by": "ann@lab"} | changes
        return Schedules(store, clock).add(name, cron, document, **more)

    return added


@pytest.fixture
def firings(store, clock):
    return Firings(store, clock)


def due(settled):
    return [job.due_at for one in settled for job in one.jobs]


def test_a_moment_that_has_come_becomes_a_job_of_its_own_name(store, clock, add, firings):
    add()
    assert firings.settle() == []
    assert firings.next_at == utc(2026, 5, 1, 12)
    clock.now = utc(2026, 5, 1, 12, 0)
    (settled,) = firings.settle()
    (row,) = queries.jobs(store).to_dict("records")
    assert (row["uid"], row["label"]) == (settled.jobs[0].uid, "hourly 2026-05-01T12:00Z")
    assert (row["schedule"], row["due_at"]) == ("hourly", utc(2026, 5, 1, 12))
    assert (row["suite"], row["route"], row["status"]) == ("tiny", "cpu", "queued")
    (firing,) = queries.firings(store, "hourly").to_dict("records")
    assert (firing["due_at"], firing["job_uid"], firing["note"]) == (
        utc(2026, 5, 1, 12), row["uid"], "",
    )  # fmt: skip
    assert firings.next_at == utc(2026, 5, 1, 13)


def test_looking_again_makes_no_second_job(store, clock, add, firings):
    add()
    clock.pass_by(hours=1)
    assert len(due(firings.settle())) == 1
    assert firings.settle() == Firings(store, clock).settle() == []
    assert len(queries.jobs(store)) == 1


def test_many_who_look_at_once_make_one_job_of_each_moment(store, clock, add):
    add(missed="all")
    clock.pass_by(hours=5)
    begin, found = threading.Barrier(6), []

    def look():
        begin.wait()
        found.extend(due(Firings(store, clock).settle()))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [utc(2026, 5, 1, hour) for hour in range(12, 17)]
    assert sorted(queries.jobs(store)["due_at"]) == found == sorted(found)


def test_a_new_seed_is_drawn_for_each_job_unless_one_was_given(store, clock, add, firings):
    add("drawn", missed="all")
    add("given", document=DOCUMENT | {"seed": 7, "priority": 3}, missed="all")
    clock.pass_by(hours=5)
    drawn, given = firings.settle()
    assert len({job.seed for job in drawn.jobs}) == 5
    assert {(job.seed, job.priority) for job in given.jobs} == {(7, 3)}
    assert {job.priority for job in drawn.jobs} == {100}


@pytest.mark.parametrize(
    ("missed", "hours", "notes"), [("once", [14], 2), ("skip", [], 3), ("all", [12, 13, 14], 0)]
)
def test_what_was_missed_while_nobody_looked_goes_by_the_schedule(
    store, clock, add, firings, missed, hours, notes
):
    add(missed=missed)
    clock.now = utc(2026, 5, 1, 14, 30)
    (settled,) = firings.settle()
    assert due([settled]) == [utc(2026, 5, 1, hour) for hour in hours]
    assert len(settled.missed) == notes
    rows = queries.firings(store, "hourly")
    assert len(rows) == 3
    assert sum("missed" in note for note in rows["note"]) == notes


def test_nothing_is_due_before_a_schedule_was_added_nor_while_it_was_removed(
    store, clock, add, firings
):
    add()
    clock.now = utc(2026, 5, 1, 12)
    assert len(due(firings.settle())) == 1
    Schedules(store, clock).remove("hourly")
    clock.now = utc(2026, 5, 1, 18, 30)
    assert (firings.settle(), firings.next_at, firings.standing) == ([], None, ())
    add(missed="all")
    assert firings.settle() == []
    clock.now = utc(2026, 5, 1, 19)
    assert due(firings.settle()) == [utc(2026, 5, 1, 19)]


def test_clocks_that_are_put_forward_and_back_make_one_job_a_night(store, clock, add, firings):
    clock.now = utc(2026, 3, 28, 22, 40)
    add("nightly", Cron("30 2 * * *", "Europe/Berlin"), missed="all")
    assert hourly(clock, firings, 8) == [utc(2026, 3, 29, 1, 0)]
    clock.now = utc(2026, 10, 24, 22, 40)
    firings.settle()
    assert hourly(clock, firings, 8) == [utc(2026, 10, 25, 0, 30)]


def hourly(clock, firings, n):
    """What became due while somebody looked every hour."""
    found = []
    for _ in range(n):
        clock.pass_by(hours=1)
        found += due(firings.settle())
    return found


def test_a_clock_that_goes_back_makes_no_second_job(store, clock, add, firings):
    add(missed="all")
    clock.now = utc(2026, 5, 1, 13, 10)
    assert len(due(firings.settle())) == 2
    clock.pass_by(hours=-1)
    assert due(firings.settle()) == []
    clock.now = utc(2026, 5, 1, 13, 20)
    assert due(firings.settle()) == []
    clock.now = utc(2026, 5, 1, 14, 0)
    assert due(firings.settle()) == [utc(2026, 5, 1, 14)]


def test_moments_that_a_wrong_clock_took_for_missed_still_come(store, clock, add, firings):
    add()
    clock.now = utc(2026, 5, 3, 12, 30)  # two days ahead
    assert due(firings.settle()) == [utc(2026, 5, 3, 12)]
    clock.now = utc(2026, 5, 1, 12, 0)
    assert due(firings.settle()) == [utc(2026, 5, 1, 12)]
    clock.now = utc(2026, 5, 1, 13, 0)
    assert due(firings.settle()) == [utc(2026, 5, 1, 13)]


def test_a_schedule_whose_suite_can_not_be_read_leaves_a_note(store, clock, add, firings):
    add("later", document=DOCUMENT | {"protocol": 99})
    clock.now = utc(2026, 5, 1, 12)
    (settled,) = firings.settle()
    assert settled.jobs == ()
    assert "another version of this program" in settled.missed[0].note
    assert queries.jobs(store).empty
    assert "protocol 99" in queries.firings(store, "later")["note"].item()


def test_a_schedule_that_can_not_be_read_stops_no_other(store, clock, add, firings, caplog):
    add("a")
    add("b")
    with store.transaction() as connection:
        connection.execute(
            update(Schedule).where(Schedule.name == "a").values(time_zone="Mars/Phobos")
        )
    clock.now = utc(2026, 5, 1, 12)
    (settled,) = firings.settle()
    assert settled.schedule == "b"
    assert [record.schedule for record in caplog.records] == ["a"]


def test_a_schedule_is_tried_without_touching_its_moments(store, clock, add, firings):
    add()
    job = firings.run_now("hourly")
    assert (job.schedule, job.due_at, job.label) == ("hourly", None, "hourly 2026-05-01T11:30Z")
    assert queries.firings(store, "hourly").empty
    clock.now = utc(2026, 5, 1, 12)
    assert due(firings.settle()) == [utc(2026, 5, 1, 12)]
