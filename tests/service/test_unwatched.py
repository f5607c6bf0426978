"""A worker that nobody watches: schedules, failures and who hears of them, all parts together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from asked_jobs import SAYS_DONE, SUITE, measuring_with
from receiver import receiving
from sqlalchemy import update

from bench_service.service import worker as module
from bench_service.service.assembly import worker_of
from bench_service.service.cron import Cron
from bench_service.service.schedules import Schedules, document_of
from bench_service.service.webhook import checked_webhook
from bench_service.suite import parse_suite
from db import queries
from db.tables import Schedule

SAYS_FAILED = 'say({"end": {"outcome": "failed", "reason": "gelu failed", "run": None}})'
DOCUMENT = document_of(parse_suite(SUITE, "a test"), "/")
YEARLY = Cron("0 0 1 1 *")


@pytest.fixture
def due(store):
    """A schedule that was due once since it was added."""
    last = next(YEARLY.until(datetime.now(UTC)))
    Schedules(store).add("yearly", YEARLY, DOCUMENT, route="cpu", created_by="ann@lab")
    with store.transaction() as connection:
        connection.execute(update(Schedule).values(created_at=last - timedelta(days=1)))
    return last


@pytest.fixture
def work(store, place, monkeypatch):
    """Have a worker do all that is left, and come back with it."""
    monkeypatch.setattr(module, "ONCE_S", 0.1)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def done(script, webhook=None):
        told = None if webhook is None else checked_webhook(webhook)
        working = worker_of(store, "lab/a", ("cpu",), told)
        working.attempts.command = measuring_with(script)
        working.attempts.rest_s = 0.0
        working.run(once=True)
        return working

    return done


def test_what_was_due_is_measured_once_and_the_next_worker_has_nothing_to_do(store, due, work):
    assert work(SAYS_DONE).n_failed == 0
    (row,) = queries.jobs(store).to_dict("records")
    assert (row["schedule"], row["due_at"], row["status"]) == ("yearly", due, "done")
    work(SAYS_FAILED)
    assert queries.jobs(store)["status"].tolist() == ["done"]


def test_a_scheduled_job_that_fails_makes_an_exit_status_a_log_line_and_a_post(
    store, due, work, caplog
):
    with receiving() as receiver:
        working = work(SAYS_FAILED, receiver.address())
    assert working.n_failed == 1
    (told,) = receiver.came
    assert (told["event"], told["schedule"], told["reason"]) == (
        "job_failed", "yearly", "gelu failed",
    )  # fmt: skip
    assert told["due_at"] == due.isoformat()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        told["text"]
    ]
    assert working.reports.tally.n_jobs["failed"] == 1
