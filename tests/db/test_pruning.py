"""What is let go, what is kept, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from handed_over import HEADER
from old_runs import add_run
from service_rows import give_job
from slice_tables import counts
from slices import DIGITS, diverged, trained
from sqlalchemy import select, text, update

from bench_service.record import CiBenchmark
from db import queries
from db.errors import RefusedValueError
from db.maintenance import check
from db.pruning import prune
from db.tables import Job, Run

YEARS_AGO = replace(HEADER, started_at=datetime(2025, 1, 2, tzinfo=UTC))


def uids(store):
    with store.transaction(reads_only=True) as connection:
        return set(connection.scalars(text("SELECT uid FROM run")))


def n_blocks(store):
    with store.transaction(reads_only=True) as connection:
        return connection.scalar(text("SELECT count(*) FROM timing_block"))


def test_a_dry_run_says_what_would_go_and_changes_nothing(filled):
    pruning = prune(filled, 30, dry_run=True)
    assert [run.uid for run in pruning.runs] == ["killed", "older", "old"]
    assert pruning.n_blocks == 3
    assert len(uids(filled)) == n_blocks(filled) == 6


def test_pruning_lets_go_of_old_runs_with_all_that_hangs_off_them(filled):
    pruning = prune(filled, 30)
    assert [run.uid for run in pruning.runs] == ["killed", "older", "old"]
    assert uids(filled) == {"labelled", "measuring", "young"}
    assert n_blocks(filled) == 3
    if filled.path is not None:
        assert pruning.bytes_after < pruning.bytes_before
    assert check(filled).problems == ()
    assert prune(filled, 30).runs == ()
    assert [run.uid for run in prune(filled, 1).runs] == ["young"]


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf")])
def test_an_age_that_is_none_is_refused(store, days):
    with pytest.raises(RefusedValueError):
        prune(store, days)


def test_pruning_a_run_takes_its_slices_with_all_that_hangs_off_them(recorder, store):
    recorder.workloads([DIGITS])
    old, young = recorder.begin_run(YEARS_AGO), recorder.begin_run(HEADER)
    for uid in (old, young):
        recorder.slices(uid, [trained(), diverged(seed=1)])
    assert counts(store) == [4, 6, 4, 2]
    assert [run.uid for run in prune(store, 30).runs] == [old]
    assert counts(store) == [2, 3, 2, 1]
    assert len(queries.training_slices(store, young)) == 2


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_goes_with_the_runs_is_counted_by_its_kind(recorder, store, dry_run):
    recorder.workloads([DIGITS])
    benchmark = CiBenchmark(
        name="a", fullname="a", n_rounds=1, iterations=1, times_ns=np.ones(1), stats={}
    )
    old, young = recorder.begin_run(YEARS_AGO), recorder.begin_run(HEADER)
    for uid, n_slices in ((old, 3), (young, 4)):
        recorder.slices(uid, [trained(seed=seed) for seed in range(n_slices)])
        recorder.ci_benchmarks(uid, [benchmark, replace(benchmark, fullname="b")])
    done = prune(store, 30, dry_run=dry_run)
    assert (done.n_blocks, done.n_slices, done.n_benchmarks) == (0, 3, 2)
    nothing = prune(store, 1e5)
    assert (nothing.n_blocks, nothing.n_slices, nothing.n_benchmarks) == (0, 0, 0)


def test_a_job_that_ended_lately_outlives_its_run(filled):
    give_job(filled, "a", status="done", ended_at=datetime.now(UTC))
    of_the_run = select(Run.id).where(Run.uid == "older").scalar_subquery()
    with filled.transaction() as connection:
        connection.execute(update(Job).values(run_id=of_the_run))
    assert queries.jobs(filled)["run"].tolist() == ["older"]
    assert "older" in [run.uid for run in prune(filled, 30).runs]
    answer = queries.jobs(filled)
    assert answer.uid.tolist() == ["a"]
    assert answer["run"].isna().tolist() == [True]
    assert check(filled).problems == ()


@pytest.mark.parametrize("is_noted", [True, False], ids=["noted", "known by its key"])
@pytest.mark.parametrize(
    ("status", "goes"), [("queued", False), ("running", False), ("partial", True), ("done", True)]
)
def test_the_run_of_a_job_that_has_not_ended_is_kept(filled, status, goes, is_noted):
    with filled.transaction() as connection:
        run_id = add_run(connection, "of the job", days=90, idempotency_key="job:a:1234")
        add_run(connection, "of no job", days=90, idempotency_key="job:b:1234")
    give_job(filled, "a", status=status, run_id=run_id if is_noted else None)
    gone = {run.uid for run in prune(filled, 30).runs}
    assert gone == {"of no job", "killed", "older", "old"} | ({"of the job"} if goes else set())
