"""What the service leaves behind goes when it is old, and what is still needed stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from old_runs import add_run
from service_rows import give_attempt, give_firing, give_job, give_schedule, give_worker
from sqlalchemy import select

from db.maintenance import check
from db.pruning import prune
from db.tables import Firing, Job, Run, Worker

NOW = datetime.now(UTC)


def ago(days):
    return NOW - timedelta(days=days)


def left(store, column):
    with store.transaction(reads_only=True) as connection:
        return set(connection.scalars(select(column)))


def pruned(store, days=30):
    """What goes, which a dry run says before."""
    before = prune(store, days, dry_run=True)
    done = prune(store, days)
    for name in ("runs", "n_blocks", "n_jobs", "n_firings", "n_workers"):
        assert getattr(before, name) == getattr(done, name)
    assert check(store).problems == ()
    return done


def give_ended(store, uid, *, days=60, **changes):
    give_job(store, uid, status="done", submitted_at=ago(days + 1), ended_at=ago(days), **changes)


def add_old_run(store, uid, *, days=60, **changes):
    with store.transaction() as connection:
        return add_run(connection, uid, days=days, **changes)


def test_old_jobs_go_with_their_attempts_and_newer_and_open_ones_stay(filled):
    give_ended(filled, "old")
    give_attempt(filled, "old", 1, ended_at=ago(60), outcome="done")
    give_ended(filled, "young", days=29)
    give_job(filled, "waits", submitted_at=ago(900))
    assert pruned(filled).n_jobs == 1
    assert left(filled, Job.uid) == {"young", "waits"}


def test_what_a_person_named_stays_and_what_a_schedule_named_goes(filled):
    for uid, schedule in (("a person's", None), ("a schedule's", "nightly")):
        run_id = add_old_run(filled, f"run of {uid}", label=uid)
        give_ended(filled, uid, label=uid, schedule=schedule, run_id=run_id)
    done = pruned(filled)
    assert "run of a schedule's" in {run.uid for run in done.runs}
    assert left(filled, Job.uid) == {"a person's"}
    assert {"run of a person's", "labelled"} <= left(filled, Run.uid)


def test_a_job_whose_run_stays_stays(filled):
    run_id = add_old_run(filled, "resumed by hand", days=20, label=None)
    give_ended(filled, "old", run_id=run_id)
    assert pruned(filled).n_jobs == 0


def test_the_run_that_a_job_has_begun_stays_for_as_long_as_it_takes(filled):
    """Nothing but its key says whose it is before the attempt has ended."""
    add_old_run(filled, "begun", idempotency_key="job:a:0123456789ab")
    add_old_run(filled, "of another", idempotency_key="job:ab:0123456789ab")
    give_job(filled, "a", status="running", submitted_at=ago(60))
    pruned(filled)
    assert "begun" in left(filled, Run.uid)
    assert "of another" not in left(filled, Run.uid)


def test_of_each_schedules_moments_the_newest_stays_with_its_job(filled):
    for schedule in ("nightly", "weekly"):
        give_schedule(filled, schedule)
        for days in (90, 60):
            uid = f"{schedule} {days}"
            give_ended(filled, uid, days=days, schedule=schedule, label=uid)
            give_firing(filled, schedule, ago(days), job_uid=uid)
    done = pruned(filled)
    assert (done.n_firings, done.n_jobs) == (2, 2)
    assert left(filled, Job.uid) == {"nightly 60", "weekly 60"}
    assert left(filled, Firing.job_uid) == {"nightly 60", "weekly 60"}


def test_workers_of_the_past_go_unless_an_attempt_of_theirs_lasts(filled):
    give_worker(filled, "lab/killed", beat_at=ago(60))
    give_worker(filled, "lab/stopped", beat_at=ago(60), stopped_at=ago(60))
    give_worker(filled, "lab/lives", beat_at=NOW)
    give_worker(filled, "lab/owes", beat_at=ago(60))
    give_job(filled, "a", status="running")
    give_attempt(filled, "a", 1, worker="lab/owes")
    assert pruned(filled).n_workers == 2
    assert left(filled, Worker.identity) == {"lab/lives", "lab/owes"}


def test_a_job_that_a_worker_who_stays_names_stays(filled):
    give_ended(filled, "named")
    give_worker(filled, "lab/lives", beat_at=NOW, job_uid="named")
    assert pruned(filled).n_jobs == 0


def test_the_moment_from_which_a_schedule_goes_on_is_not_one_that_a_wrong_clock_decided(filled):
    give_firing(filled, "nightly", ago(60))
    give_firing(filled, "nightly", NOW + timedelta(days=300), decided_at=NOW + timedelta(days=300))
    assert pruned(filled).n_firings == 0


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_pruning_costs_grows_with_what_there_is_and_no_faster(filled):
    """Counted in instructions of SQLite's machine, which are the same every time."""

    def instructions(n_more):
        with filled.transaction() as connection:
            for _ in range(n_more):
                number = next(numbers)
                key = f"job:{number}:1234"
                add_run(connection, f"r{number}", days=60, idempotency_key=key)
        for number in range(counted[0], counted[0] + n_more):
            give_ended(filled, str(number))
        counted[0] += n_more
        ticks = []
        raw = filled.engine.raw_connection()
        raw.dbapi_connection.set_progress_handler(lambda: ticks.append(1) and 0, 1000)
        raw.close()
        prune(filled, 30, dry_run=True)
        raw = filled.engine.raw_connection()
        raw.dbapi_connection.set_progress_handler(None, 0)
        raw.close()
        return len(ticks)

    numbers, counted = count(), [0]
    few = instructions(100)
    many = instructions(300)  # four times as many now
    assert few > 0
    assert many < 8 * few


@pytest.mark.parametrize(("days", "n_gone"), [(6.9, 0), (7.1, 1)])
def test_for_a_week_all_of_it_stays_whatever_age_is_asked_for(filled, days, n_gone):
    give_ended(filled, "ended", days=days)
    give_worker(filled, beat_at=ago(days))
    give_firing(filled, "nightly", ago(days))
    give_firing(filled, "nightly", ago(days - 1))
    done = pruned(filled, days=0)
    assert (done.n_jobs, done.n_workers, done.n_firings) == (n_gone,) * 3
