"""What is answered of jobs and of workers' attempts at them, on both databases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handed_over import HEADER
from service_rows import (
    FIRST,
    at,
    give_attempt,
    give_firing,
    give_job,
    give_schedule,
    give_worker,
)
from sqlalchemy import delete, select, update

from db import queries
from db.errors import TooManyRowsError
from db.queries import frame, schedule, service
from db.tables import Job, Run

TABLES = {
    "jobs": ((), service.JOBS),
    "job_attempts": (("none",), service.ATTEMPTS),
    "workers": ((), service.WORKERS),
    "schedules": ((), schedule.SCHEDULES),
    "firings": (("nightly",), schedule.FIRINGS),
}


def one(answer):
    (row,) = answer.to_dict("records")
    return row


@pytest.mark.parametrize("name", TABLES)
def test_an_answer_has_the_same_columns_and_types_empty_or_not(store, name):
    arguments, columns = TABLES[name]
    text = pd.Series([""]).dtype
    dtypes = [text if kind == "text" else frame._DTYPES[kind] for kind in columns.values()]
    empty = getattr(queries, name)(store, *arguments)
    give_job(store, "none")
    give_attempt(store, "none", 1)
    give_worker(store)
    give_schedule(store)
    give_firing(store)
    full = getattr(queries, name)(store, *arguments)
    assert (len(empty), len(full)) == (0, 1)
    for answer in (empty, full):
        assert list(answer.columns) == list(columns)
        assert answer.dtypes.tolist() == dtypes


def test_a_job_that_waits_has_no_attempt_no_run_and_no_end(store):
    give_job(store, "a", label="mine", priority=-2, route="gpu:NVIDIA H200", submitted_at=at(1))
    row = one(queries.jobs(store))
    known = {"uid": "a", "label": "mine", "suite": "quick", "route": "gpu:NVIDIA H200"}
    known |= {"priority": -2, "submitted_by": "ann@lab", "submitted_at": at(1)}
    known |= {"status": "queued", "reason": "", "n_attempts": 0}
    assert {name: row.pop(name) for name in known} == known
    assert all(pd.isna(value) for value in row.values())


def test_a_job_tells_its_last_attempt_and_what_its_worker_says(store):
    give_job(store, "a", status="running", schedule="nightly", due_at=at(0))
    give_attempt(store, "a", 1, worker="lab/a", ended_at=at(2), outcome="released")
    give_attempt(store, "a", 2, worker="lab/b", started_at=at(3))
    give_worker(store, "lab/b", job_uid="a", progress={"share": 0.25, "now": "gelu", "n_done": 3})
    row = one(queries.jobs(store))
    assert (row["n_attempts"], row["worker"], row["started_at"]) == (2, "lab/b", at(3))
    assert (row["share"], row["now"]) == (0.25, "gelu")
    assert (row["schedule"], row["due_at"]) == ("nightly", at(0))


def test_attempts_are_counted_in_any_order_of_storing(store):
    give_job(store, "a", status="running")
    give_job(store, "b", status="running", submitted_at=at(1))
    for number, worker in ((2, "lab/second"), (1, "lab/first")):
        give_attempt(store, "a", number, worker=worker)
    give_attempt(store, "b", 1, worker="lab/other")
    assert queries.jobs(store).worker.tolist() == ["lab/other", "lab/second"]
    assert queries.jobs(store).n_attempts.tolist() == [1, 2]
    assert queries.job_attempts(store, "a").worker.tolist() == ["lab/first", "lab/second"]


@pytest.mark.parametrize(
    "case", ["another job's", "not the last attempt's", "the attempt has ended", "no longer runs"]
)
def test_progress_is_that_of_the_worker_that_is_at_it_and_of_no_other(store, case):
    status = "queued" if case == "no longer runs" else "running"
    ends = {"ended_at": at(2), "outcome": "lost"} if case == "the attempt has ended" else {}
    give_job(store, "a", status=status)
    give_attempt(store, "a", 1, worker="lab/a", **ends)
    if case == "not the last attempt's":
        give_attempt(store, "a", 2, worker="lab/b")
    job_uid = "z" if case == "another job's" else "a"
    give_worker(store, "lab/a", job_uid=job_uid, progress={"share": 0.5, "now": "gelu"})
    row = one(queries.jobs(store))
    assert np.isnan(row["share"])
    assert pd.isna(row["now"])


def test_a_worker_that_said_nothing_of_its_progress_yet_leaves_it_missing(store):
    give_job(store, "a", status="running")
    give_attempt(store, "a", 1, worker="lab/a")
    give_worker(store, "lab/a", job_uid="a", progress={})
    row = one(queries.jobs(store))
    assert np.isnan(row["share"])
    assert pd.isna(row["now"])


def test_jobs_are_the_newest_ones_newest_first(store):
    for uid, hour in (("a", 2), ("b", 0), ("c", 3), ("d", 3)):
        give_job(store, uid, submitted_at=at(hour))
    assert queries.jobs(store).uid.tolist() == ["d", "c", "a", "b"]
    assert queries.jobs(store, limit=3).uid.tolist() == ["d", "c", "a"]


def test_jobs_are_of_the_statuses_and_the_schedule_asked_for(store):
    give_job(store, "a", status="done", schedule="nightly")
    give_job(store, "b", status="failed", schedule="nightly", reason="no memory")
    give_job(store, "c", schedule="weekly")
    give_job(store, "d", status="cancelled")

    def asked(**options):
        return set(queries.jobs(store, **options).uid)

    assert asked(statuses=("done", "failed")) == {"a", "b"}
    assert asked(statuses=()) == set()
    assert asked(schedule="nightly") == {"a", "b"}
    assert asked(statuses={"queued"}, schedule="weekly") == {"c"}
    assert asked(uid="d") == {"d"}
    # the bound is one on the jobs asked for, not on those looked at
    assert asked(statuses=["done"], limit=1) == {"a"}


def test_a_job_names_its_run_and_outlives_it(store, recorder, uid):
    give_job(store, "a", status="done")
    with store.transaction() as connection:
        run_id = select(Run.id).where(Run.uid == uid).scalar_subquery()
        connection.execute(update(Job).values(run_id=run_id))
    assert one(queries.jobs(store))["run"] == uid
    with store.transaction() as connection:
        connection.execute(delete(Run).where(Run.uid == uid))
    row = one(queries.jobs(store))
    assert (row["uid"], row["status"]) == ("a", "done")
    assert pd.isna(row["run"])


def test_a_run_tells_that_a_job_led_to_it(store, recorder):
    recorder.begin_run(replace(HEADER, trigger="job", idempotency_key="a"))
    assert queries.runs(store, trigger="job").trigger.tolist() == ["job"]


def test_attempts_tell_how_they_ended_and_what_was_said(store):
    give_job(store, "a")
    give_attempt(
        store, "a", 1, ended_at=at(2), outcome="failed", reason="killed", log="…\nKilled\n",
        worker_cpu_s=0.5,
    )  # fmt: skip
    give_attempt(store, "a", 2, started_at=at(3))
    first, second = queries.job_attempts(store, "a").to_dict("records")
    assert first == {
        "number": 1, "worker": "lab/a", "started_at": FIRST, "ended_at": at(2),
        "outcome": "failed", "reason": "killed", "log": "…\nKilled\n", "worker_cpu_s": 0.5,
    }  # fmt: skip
    assert (second["reason"], second["log"]) == ("", "")
    assert all(pd.isna(second[name]) for name in ("ended_at", "outcome", "worker_cpu_s"))


def test_too_long_an_answer_is_an_error_and_never_a_part_of_it(store):
    give_job(store, "a")
    for number in (1, 2):
        give_attempt(store, "a", number)
        give_schedule(store, f"schedule {number}")
    for question in (
        lambda limit: queries.job_attempts(store, "a", limit=limit),
        lambda limit: queries.schedules(store, limit=limit),
    ):
        assert len(question(2)) == 2
        with pytest.raises(TooManyRowsError, match="more than 1 rows"):
            question(1)
