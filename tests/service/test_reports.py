"""What a worker says of its jobs to those who don't watch."""

from __future__ import annotations

import pytest
from fixed_clock import utc
from service_rows import give_attempt, give_job

from bench_service.service.firing import Settled
from bench_service.service.ledger import now
from bench_service.service.missed import Decision
from bench_service.service.notices import Notices
from bench_service.service.reports import Reports


class Told:
    """A messenger that keeps what it was told."""

    def __init__(self):
        self.said = []

    def expect(self, notice):
        self.said.append(notice.event)

    def hush(self):
        self.said.append("hush")

    def speak(self):
        self.said.append("speak")


@pytest.fixture
def reports(store):
    return Reports(Notices(store), Told())


def give(store, uid, status, **changes):
    more = {"schedule": "nightly", "ended_at": now()} | changes
    give_job(store, uid, status=status, **more)


@pytest.mark.parametrize(("status", "n_wrong"), [("done", 0), ("partial", 1), ("failed", 1)])
def test_a_scheduled_job_that_goes_wrong_is_logged_told_and_counted(
    store, reports, caplog, status, n_wrong
):
    give(store, "a", status)
    reports.begins()
    reports.ends("a", status, status)
    assert reports.messenger.said == ["hush", *[f"job_{status}"] * n_wrong, "speak"]
    assert [record.levelname for record in caplog.records] == ["ERROR"] * n_wrong
    assert (reports.n_wrong, reports.tally.n_jobs[status]) == (n_wrong, 1)


def test_a_job_that_a_person_submitted_is_counted_and_nobody_told(store, reports, caplog):
    give(store, "a", "failed", schedule=None)
    reports.ends("a", "failed", "failed")
    assert (reports.n_wrong, reports.messenger.said, caplog.records) == (1, ["speak"], [])


def test_an_attempt_that_was_lost_is_counted_and_the_job_isn_t(store, reports):
    reports.ends("a", "lost", "queued")
    reports.ends("a", "done", "")
    assert (reports.tally.n_attempts, reports.tally.n_lost) == (2, 1)
    assert (sum(reports.tally.n_jobs.values()), reports.n_wrong) == (0, 0)


def test_a_job_that_is_given_up_is_counted_and_told_where_a_schedule_asked_for_it(store, reports):
    give(store, "a", "failed")
    give(store, "b", "failed", schedule=None)
    for uid in ("a", "b"):
        give_attempt(store, uid, 1, outcome="lost", ended_at=now())
        reports.gives_up(uid, "three were lost")
    assert (reports.messenger.said, reports.n_wrong) == (["job_given_up"], 2)
    assert reports.tally.n_jobs == {"failed": 2}


def test_moments_that_led_to_no_job_are_logged_told_and_counted(reports, caplog):
    missed = tuple(Decision(utc(2026, 5, 1, hour), f"missed {hour}") for hour in (3, 4))
    reports.settles([Settled("nightly", (), missed, utc(2026, 5, 1, 5))])
    assert (reports.messenger.said, reports.n_wrong) == (["due_without_job"], 1)
    assert reports.tally.n_missed == 2
    (record,) = caplog.records
    assert "missed 4" in record.getMessage()
    assert (record.event, record.schedule) == ("due_without_job", "nightly")
