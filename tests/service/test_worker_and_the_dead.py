"""What becomes of jobs whose workers died, and of machines on which nothing comes to anything."""

from __future__ import annotations

import platform

import pytest
from asked_jobs import a_job, measuring_with
from at_work import ME, bury, job, on_a_file, outcomes, status, working
from service_rows import give_worker
from waited_for import until

from db import queries


@on_a_file
def test_a_job_that_is_given_up_instead_of_another_try_is_counted(store, ledger, worker, caplog):
    """Three workers died with it, the last of them just now."""
    uid = ledger.add(a_job()).uid
    for number in range(3):
        dead = f"{ME}-{number}"
        give_worker(store, dead, host=platform.node(), pid=2**22 + 1)
        ledger.begin_attempt(uid, dead)
        bury(store, dead)
    worker.run(once=True)
    assert (status(store, uid), worker.n_failed) == ("failed", 1)
    assert "given up after 3 attempts" in job(store, uid)["reason"]
    assert outcomes(store, uid) == ["lost"] * 3
    assert "job is given up" in caplog.text


class Clock:
    """A clock that goes as fast as it is asked."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def resting(worker):
    """A worker whose rests begin with 70 s, on a clock of the test's."""
    worker.attempts.rest_s = 70.0
    worker.pace._clock = Clock()
    worker.pace._rests_until = worker.pace._ended_at = 100.0
    return worker


@on_a_file
def test_a_worker_whose_attempts_are_lost_rests_longer_each_time(resting):
    rests = []
    for outcome, became in [("lost", "queued")] * 3 + [("done", "done")] + [("lost", "failed")]:
        resting.attempts._rest_after(outcome, became)
        rests.append(resting.pace.rest_left_s)
        resting.pace._clock.now += 1000.0
    assert rests == [70.0, 140.0, 280.0, 0.0, 70.0]
    for _ in range(12):
        resting.attempts._rest_after("lost", "queued")
    assert resting.pace.rest_left_s == 3600.0


@on_a_file
def test_a_job_that_was_cancelled_or_taken_over_says_nothing_of_the_machine(resting):
    for outcome, became in [("released", "cancelled"), ("lost", "cancelled"), ("lost", "")]:
        resting.attempts._rest_after(outcome, became)
        assert resting.pace.rest_left_s == 0.0
    for _ in range(4):  # a store that was away is waited for, and no longer each time
        resting.attempts._rest_after("released", "queued")
    assert resting.pace.rest_left_s == 70.0


@on_a_file
def test_while_it_rests_a_worker_takes_nothing_and_looks_after_others(store, ledger, resting):
    """Its row says that it waits, and the job is anybody's."""
    uid, dead = ledger.add(a_job()).uid, f"{ME}-dead"
    resting.attempts.command = measuring_with("sys.exit(1)")
    with working(resting):
        until(lambda: outcomes(store, uid) == ["lost"])
        until(lambda: not resting.pace.is_busy)
        give_worker(store, dead, host=platform.node(), pid=2**22 + 1)
        until(lambda: dead not in resting.reclaim.others.working())
        (mine,) = queries.workers(store).query("identity == @ME").to_dict("records")
        assert (mine["state"], status(store, uid)) == ("waiting", "queued")
        resting.pace._clock.now += 71.0
        with resting.pace._changed:
            resting.pace._changed.notify_all()
        until(lambda: outcomes(store, uid) == ["lost"] * 2)


@on_a_file
def test_a_worker_that_is_to_end_soon_ends_rather_than_rest_for_long(store, ledger, resting):
    uids = [ledger.add(a_job()).uid for _ in range(3)]
    resting.attempts.command = measuring_with("sys.exit(1)")
    resting.run(once=True)
    assert sorted(status(store, uid) for uid in uids) == ["queued"] * 3
    assert sum(len(outcomes(store, uid)) for uid in uids) == 1
    assert resting.n_failed == 1


@on_a_file
def test_what_a_dead_worker_was_at_ends_with_it_where_its_job_was_cancelled(store, ledger, worker):
    uid, dead = ledger.add(a_job()).uid, f"{ME}-dead"
    give_worker(store, dead, host=platform.node(), pid=2**22 + 1, job_uid=uid)
    ledger.begin_attempt(uid, dead)
    ledger.cancel(uid, "no more")
    worker.run(once=True)
    assert (status(store, uid), outcomes(store, uid)) == ("cancelled", ["cancelled"])


def test_what_a_worker_was_killed_at_is_taken_up_by_the_next_of_its_name(store, ledger, worker):
    uid, last_sign = ledger.add(a_job()).uid, ledger.clock()
    give_worker(store, ME, host=platform.node(), pid=2**22 + 1, job_uid=uid, beat_at=last_sign)
    ledger.begin_attempt(uid, ME)
    worker.presence.started_at = ledger.clock()
    worker.run(once=True)
    assert (status(store, uid), outcomes(store, uid)) == ("done", ["lost", "done"])
    lost = queries.job_attempts(store, uid).iloc[0]
    assert lost["ended_at"] == max(lost["started_at"], last_sign)


def test_a_killed_workers_job_is_taken_over(store, ledger, worker):
    """Its row stays as it was when it died; its process is gone."""
    uid = ledger.add(a_job()).uid
    give_worker(store, f"{ME}-dead", host=platform.node(), pid=2**22 + 1, job_uid=uid)
    ledger.begin_attempt(uid, f"{ME}-dead")
    worker.run(once=True)
    assert (status(store, uid), outcomes(store, uid)) == ("done", ["lost", "done"])
