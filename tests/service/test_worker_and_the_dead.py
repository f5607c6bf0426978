"""What becomes of jobs whose workers died, and of machines on which nothing comes to anything."""

from __future__ import annotations

import platform

from asked_jobs import a_job, measuring_with
from at_work import ME, bury, job, on_a_file, outcomes, status
from service_rows import give_worker

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


@on_a_file
def test_a_worker_whose_attempts_come_to_nothing_rests_longer_each_time(store, ledger, worker):
    """The machine may be what is wrong: it must not go through the whole queue."""
    rests, real = [], worker.stopping.wait

    def wait(seconds=None):
        rests.append(seconds)
        return real(0.05)

    worker.attempts.stopping.wait = wait
    worker.attempts.rest_s = 70.0
    for _ in range(2):
        ledger.add(a_job())
    worker.attempts.command = measuring_with("sys.exit(1)")
    worker.run(once=True)
    assert [seconds for seconds in rests if seconds and seconds >= 70] == [
        70.0 * 2**number for number in range(6)
    ]
    rests.clear()
    ledger.add(a_job())
    worker.stopping.clear()
    worker.attempts._rest_after("done")
    worker.attempts._rest_after("lost")
    assert rests == [70.0]


@on_a_file
def test_what_a_dead_worker_was_at_ends_with_it_where_its_job_was_cancelled(store, ledger, worker):
    uid, dead = ledger.add(a_job()).uid, f"{ME}-dead"
    give_worker(store, dead, host=platform.node(), pid=2**22 + 1, job_uid=uid)
    ledger.begin_attempt(uid, dead)
    ledger.cancel(uid, "no more")
    worker.run(once=True)
    assert (status(store, uid), outcomes(store, uid)) == ("cancelled", ["cancelled"])


def test_what_a_worker_was_killed_at_is_taken_up_by_the_next_of_its_name(store, ledger, worker):
    uid, last_sign = ledger.add(a_job()).uid, ledger._clock()
    give_worker(store, ME, host=platform.node(), pid=2**22 + 1, job_uid=uid, beat_at=last_sign)
    ledger.begin_attempt(uid, ME)
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
