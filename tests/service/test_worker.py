"""A worker with a queue and a store of each kind, and measuring that only pretends."""

from __future__ import annotations

import os
import platform
import signal
import threading
import time
from contextlib import contextmanager

import pytest
from asked_jobs import SAYS_DONE, WAITS, a_job, measuring_with
from service_rows import give_worker
from sqlalchemy import func, select, update
from waited_for import until

from bench_service.errors import JobError
from bench_service.service.assembly import worker_of
from bench_service.service.engine import JobQueue
from bench_service.service.job import PROTOCOL
from db import queries
from db.errors import NotFoundError, ReplacedError
from db.tables import JobAttempt, Worker

on_a_file = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Where the kind of database doesn't matter."""
ME = f"{platform.node()}/tested"


@pytest.fixture
def worker(store, place, monkeypatch):
    """A worker that hasn't begun; what it measures says that it is done."""
    monkeypatch.setattr("bench_service.service.worker.ONCE_S", 0.1)
    made = worker_of(store, ME, ("cpu", "host:lab"))
    made.attempts.command = measuring_with(SAYS_DONE)
    made.attempts.rest_s = 0.0
    made.beat_s = 0.1
    made.pace._idle_s = 0.05
    return made


@contextmanager
def working(worker):
    """While in here, the worker works in a thread of its own."""
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(60)
        assert not thread.is_alive()


def job(store, uid):
    (row,) = queries.jobs(store, uid=uid).to_dict("records")
    return row


def status(store, uid):
    return job(store, uid)["status"]


def bury(store, identity):
    with store.transaction() as connection:
        stopped = {"stopped_at": a_job().submitted_at}
        connection.execute(update(Worker).where(Worker.identity == identity).values(**stopped))


def outcomes(store, uid):
    return list(queries.job_attempts(store, uid).outcome)


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


def test_the_queue_is_brought_back_from_the_store_after_it_was_deleted(
    request, store, ledger, worker, place
):
    first = ledger.add(a_job()).uid
    with working(worker):
        until(lambda: status(store, first) == "done")
        if place.path is not None:
            place.path.unlink()
        else:
            from databases import drop

            drop(request.getfixturevalue("postgresql"), place.url)
        second = ledger.add(a_job()).uid
        until(lambda: status(store, second) == "done")
        third = ledger.add(a_job(route="host:lab")).uid
        until(lambda: status(store, third) == "done")
    assert outcomes(store, first) == ["done"]


@on_a_file
def test_a_queue_that_is_deleted_while_a_job_is_measured_gives_it_to_nobody_else(
    store, ledger, worker, place
):
    uid = ledger.add(a_job()).uid
    worker.attempts.command = measuring_with("import time; time.sleep(2)" + SAYS_DONE)
    with working(worker):
        until(lambda: status(store, uid) == "running")
        worker.reclaim.identity = "somebody else"
        assert worker.reclaim.left() == []
        worker.reclaim.identity = ME
        until(lambda: status(store, uid) == "done")
    assert outcomes(store, uid) == ["done"]


def test_jobs_that_a_stopped_worker_left_in_the_queue_are_given_back(store, ledger, worker, place):
    """One took a job from the queue and ended before it began; its row says that it stopped."""
    uid = ledger.add(a_job()).uid
    held = threading.Event()
    other = worker_of(store, f"{ME}-2", ("cpu",))
    other.engine.launch(lambda uid: (held.set(), time.sleep(1)))
    with JobQueue(place) as queue:
        queue.enqueue(uid, "cpu")
        assert held.wait(20)
        other.engine.stop()
        assert queue.find([uid])[uid].holder == f"{ME}-2"
    give_worker(store, f"{ME}-2", host=platform.node(), stopped_at=a_job().submitted_at)
    worker.run(once=True)
    assert (status(store, uid), outcomes(store, uid)) == ("done", ["done"])


@on_a_file
def test_a_job_that_this_worker_has_and_never_heard_of_is_taken_again(store, ledger, worker, place):
    """The database went away between the taking and the beginning."""
    uid = ledger.add(a_job()).uid
    held = threading.Event()
    worker.engine.launch(lambda uid: held.set() or time.sleep(1))
    with JobQueue(place) as queue:
        queue.enqueue(uid, "cpu")
        assert held.wait(20)
        worker.presence.claim(worker.stopping.wait)
        now = [0.0]
        worker.reclaim.clock = lambda: now[0]
        worker.reclaim.put_back(())
        assert queue.find([uid])[uid].holder == ME
        now[0] = 11.0
        worker.reclaim.put_back({uid})
        assert queue.find([uid])[uid].holder == ME
        worker.reclaim.put_back(())
        now[0] = 22.0
        worker.reclaim.put_back(())
        assert queue.find([uid])[uid].status == "ENQUEUED"
    worker.engine.stop()


@on_a_file
def test_a_job_of_a_later_version_is_left_to_later_workers(store, ledger, worker):
    from service_rows import give_job

    give_job(store, "later", protocol=PROTOCOL + 1)
    uid = ledger.add(a_job()).uid
    worker.run(once=True)
    assert (status(store, uid), status(store, "later")) == ("done", "queued")
    assert outcomes(store, "later") == []


@on_a_file
def test_while_the_store_is_away_nothing_is_lost(store, ledger, worker, monkeypatch):
    uid = ledger.add(a_job()).uid
    real, away = ledger._store.__class__.transaction, threading.Event()

    def transaction(self, **options):
        if away.is_set():
            raise NotFoundError("The store can't be opened.")
        return real(self, **options)

    monkeypatch.setattr(ledger._store.__class__, "transaction", transaction)
    worker.attempts.command = measuring_with("import time; time.sleep(0.5)" + SAYS_DONE)
    with working(worker):
        until(lambda: worker.attempts.progress is not None or status(store, uid) == "running")
        away.set()
        time.sleep(2.0)
        assert worker.pace.is_busy
        away.clear()
        until(lambda: status(store, uid) == "done")
    assert outcomes(store, uid) == ["done"]


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


@on_a_file
def test_a_store_that_is_deleted_ends_its_worker_and_costs_no_job_a_life(store, ledger, worker):
    uid = ledger.add(a_job()).uid
    worker.attempts.command = measuring_with(WAITS)
    ended = []

    def works():
        try:
            worker.run()
        except ReplacedError as error:
            ended.append(str(error))

    thread = threading.Thread(target=works)
    thread.start()
    until(lambda: worker.attempts.progress is not None)
    store.path.unlink()
    thread.join(60)
    assert "deleted" in ended[0]
    assert outcomes(store, uid) == ["released"]


@on_a_file
def test_a_worker_that_can_not_begin_says_that_it_has_ended(store, worker, place):
    place.path.mkdir()
    with pytest.raises(JobError, match="queue's database can't be used"):
        worker.run(once=True)
    (row,) = queries.workers(store).to_dict("records")
    assert row["state"] == "stopped"


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


@on_a_file
def test_a_worker_that_is_told_to_stop_by_a_signal_stops(worker):
    before = signal.signal(signal.SIGUSR1, lambda *_: worker.stop())
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    worker.run()
    timer.join()
    signal.signal(signal.SIGUSR1, before)
    assert worker.stopping.is_set()
