"""A worker with a queue and a store of each kind, and measuring that only pretends."""

from __future__ import annotations

import os
import signal
import threading
import time

from asked_jobs import SAYS_DONE, WAITS, a_job, measuring_with
from at_work import ME, bury, job, on_a_file, outcomes, status, working
from sqlalchemy import func, select
from waited_for import until

from bench_service.service.assembly import worker_of
from bench_service.service.engine import JobQueue
from bench_service.service.job import PROTOCOL
from db import queries
from db.tables import JobAttempt


def test_once_does_all_that_it_can_in_the_order_of_urgency_and_ends(store, ledger, worker):
    later = ledger.add(a_job(priority=200)).uid
    sooner = ledger.add(a_job(priority=1)).uid
    elsewhere = ledger.add(a_job(route="cuda")).uid
    worker.run(once=True)
    assert [status(store, uid) for uid in (later, sooner, elsewhere)] == ["done", "done", "queued"]
    (attempt,) = queries.job_attempts(store, sooner).to_dict("records")
    assert (attempt["worker"], attempt["outcome"]) == (ME, "done")
    assert attempt["worker_cpu_s"] >= 0
    (row,) = queries.workers(store).to_dict("records")
    assert not row["is_alive"]
    assert row["stopped_at"] == row["stopped_at"]
    assert worker.n_failed == 0


@on_a_file
def test_what_failed_is_told_with_its_reason_and_counted(store, ledger, worker):
    scripts = {
        'say({"end": {"outcome": "failed", "reason": "no such file"}})': ("failed", "no such file"),
        'say({"end": {"outcome": "partial", "reason": "1 case"}})': ("partial", "1 case"),
        "os.kill(os.getpid(), 9)": ("failed", "given up after 3 attempts"),
        None: ("failed", "can't be started: [Errno 2]"),
    }
    asked = {ledger.add(a_job()).uid: script for script in scripts}

    def command(uid, url):
        script = asked[uid]
        return ["/nowhere/python"] if script is None else measuring_with(script)(uid, url)

    worker.attempts.command = command
    worker.run(once=True)
    assert worker.n_failed == 4
    for uid, script in asked.items():
        expected, reason = scripts[script]
        assert status(store, uid) == expected
        assert reason in job(store, uid)["reason"]


def test_a_worker_that_is_stopped_gives_its_job_back_and_another_goes_on(store, ledger, worker):
    uid, waits = ledger.add(a_job()).uid, ledger.add(a_job(route="host:lab")).uid
    worker.attempts.command = measuring_with(WAITS)
    with working(worker):
        until(lambda: "running" in (status(store, uid), status(store, waits)))
        until(lambda: worker.attempts.progress is not None)
        time.sleep(0.3)
        assert job(store, uid)["share"] == 0.25 or job(store, waits)["share"] == 0.25
    assert {status(store, uid), status(store, waits)} == {"queued"}
    assert {*outcomes(store, uid), *outcomes(store, waits)} == {"released"}
    other = worker_of(store, f"{ME}-2", ("cpu", "host:lab"))
    other.attempts.command = measuring_with(SAYS_DONE)
    other.run(once=True)
    assert {status(store, uid), status(store, waits)} == {"done"}


def test_a_worker_of_several_routes_keeps_one_job_and_leaves_the_other_to_others(
    store, ledger, worker, place
):
    """The queue hands out one of each route at once."""
    both = [ledger.add(a_job(route=route)).uid for route in ("cpu", "host:lab")]
    worker.attempts.command = measuring_with(WAITS)
    with working(worker):
        until(lambda: "running" in [status(store, uid) for uid in both])
        (waits,) = [uid for uid in both if status(store, uid) == "queued"]
        with JobQueue(place) as queue:
            until(lambda: waits in queue.find([waits]))
            until(lambda: queue.find([waits])[waits].status == "ENQUEUED")
        assert worker.attempts.held == set(both) - {waits}
        with store.transaction() as connection:
            assert connection.scalar(select(func.count()).select_from(JobAttempt)) == 1


@on_a_file
def test_a_job_that_is_cancelled_while_it_is_measured_stops_and_stays_cancelled(
    store, ledger, worker
):
    uid = ledger.add(a_job()).uid
    worker.attempts.command = measuring_with(WAITS)
    with working(worker):
        until(lambda: worker.attempts.progress is not None)
        ledger.cancel(uid, "no more")
        until(lambda: outcomes(store, uid) == ["cancelled"])
        after = ledger.add(a_job()).uid
        worker.attempts.command = measuring_with(SAYS_DONE)
        until(lambda: status(store, after) == "done")
    assert (status(store, uid), job(store, uid)["reason"]) == ("cancelled", "no more")


@on_a_file
def test_a_job_that_was_given_to_another_is_stopped_here_and_left_to_it(store, ledger, worker):
    uid = ledger.add(a_job()).uid
    worker.attempts.command = measuring_with(WAITS)
    with working(worker):
        until(lambda: worker.attempts.progress is not None)
        bury(store, ME)  # as one does that hasn't heard of it for long
        theirs = ledger.begin_attempt(uid, "there/b")
        until(lambda: not worker.pace.is_busy)
    assert outcomes(store, uid)[0] == "lost"
    assert ledger.is_wanted(theirs)


@on_a_file
def test_a_job_of_a_later_version_is_left_to_later_workers(store, ledger, worker):
    from service_rows import give_job

    give_job(store, "later", protocol=PROTOCOL + 1)
    uid = ledger.add(a_job()).uid
    worker.run(once=True)
    assert (status(store, uid), status(store, "later")) == ("done", "queued")
    assert outcomes(store, "later") == []


@on_a_file
def test_a_worker_that_is_told_to_stop_by_a_signal_stops(worker):
    before = signal.signal(signal.SIGUSR1, lambda *_: worker.stop())
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    worker.run()
    timer.join()
    signal.signal(signal.SIGUSR1, before)
    assert worker.stopping.is_set()
