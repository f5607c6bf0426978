"""What a worker does where its queue or its store lost something, or went away."""

from __future__ import annotations

import platform
import threading
import time

import pytest
from asked_jobs import SAYS_DONE, WAITS, a_job, measuring_with
from at_work import ME, on_a_file, outcomes, status, working
from service_rows import give_worker
from waited_for import until

from bench_service.errors import JobError
from bench_service.service.assembly import worker_of
from bench_service.service.engine import JobQueue
from db import queries
from db.errors import NotFoundError, ReplacedError


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
