"""What somebody should be told, and who was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fixed_clock import FixedClock
from service_rows import give_attempt, give_firing, give_job

from bench_service.service.notices import Notices

CLOCK = FixedClock(2026, 5, 2)
NOW = CLOCK.now


@pytest.fixture
def notices(store):
    return Notices(store, CLOCK)


def give(store, uid, status, **changes):
    more = {"schedule": "nightly", "due_at": NOW - timedelta(hours=2), "status": status}
    more |= {"ended_at": NOW - timedelta(hours=1)} if status != "running" else {}
    give_job(store, uid, **(more | changes))


@pytest.mark.parametrize("status", ["partial", "failed"])
def test_a_scheduled_job_that_went_wrong_is_told_of(store, notices, status):
    give(store, "a", status, reason="2 cases failed\nmore")
    (notice,) = notices.untold()
    assert notice == notices.of_job("a")
    assert notice.document == {
        "id": "job:a", "event": f"job_{status}", "schedule": "nightly", "job": "a",
        "text": f"Job a of schedule nightly ended {status}: 2 cases failed", "status": status,
        "due_at": "2026-05-01T22:00:00+00:00", "at": "2026-05-01T23:00:00+00:00", "n_moments": 1,
        "reason": "2 cases failed\nmore", "run": None, "command": "bench-service jobs a",
    }  # fmt: skip


@pytest.mark.parametrize("status", ["done", "running", "cancelled"])
def test_nobody_is_told_of_what_went_well_or_was_cancelled(store, notices, status):
    give(store, "a", status)
    assert notices.untold() == []
    assert notices.of_job("a") is None


def test_nobody_is_told_of_a_job_that_a_person_submitted(store, notices):
    give(store, "a", "failed", schedule=None, due_at=None)
    assert notices.untold() == []


def test_nobody_is_told_of_what_went_wrong_more_than_a_week_ago(store, notices):
    week = timedelta(days=7, minutes=1)
    give(store, "a", "failed", ended_at=NOW - week)
    give_firing(store, "nightly", NOW - week)
    assert notices.untold() == []


def test_a_job_that_was_given_up_is_told_from_one_that_failed(store, notices):
    give(store, "a", "failed")
    give(store, "b", "failed")
    for uid, outcomes in {"a": ("lost", "lost", "lost"), "b": ("lost", "failed")}.items():
        for number, outcome in enumerate(outcomes, 1):
            give_attempt(store, uid, number, outcome=outcome, ended_at=NOW)
    assert {notice.job: notice.event for notice in notices.untold()} == {
        "a": "job_given_up", "b": "job_failed",
    }  # fmt: skip


def test_moments_that_were_settled_at_once_are_one_notice(store, notices):
    hours = [NOW - timedelta(hours=hours) for hours in (5, 4, 3)]
    for due_at in hours:
        give_firing(store, "nightly", due_at, decided_at=hours[2], note="missed: nobody looked")
    give_firing(store, "nightly", NOW, decided_at=NOW, note="no job could be made")
    give_firing(store, "weekly", NOW, decided_at=NOW, job_uid="a")
    first, second = notices.untold()
    assert (first.event, first.n_moments, first.due_at) == ("due_without_job", 3, hours[2])
    assert first.text == (
        "Schedule nightly was due at 2026-05-01 21:00 UTC and led to no job: missed: nobody "
        "looked, the last of 3 such moments"
    )
    assert (second.n_moments, second.reason) == (1, "no job could be made")
    assert first.id != second.id


def test_who_was_told_isn_t_told_again(store, notices):
    give(store, "a", "failed", ended_at=NOW - timedelta(hours=9))
    give_firing(store, "nightly", NOW - timedelta(hours=2), decided_at=NOW - timedelta(hours=1))
    give_firing(store, "nightly", NOW - timedelta(hours=1), decided_at=NOW)
    job, first, second = notices.untold()
    notices.keep_told(first)
    assert notices.untold() == [job, second]
    notices.keep_told(job)
    assert Notices(store, CLOCK).untold() == [second]
