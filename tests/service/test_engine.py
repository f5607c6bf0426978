"""The queue: what is delivered, to whom, how often, and what comes back, on both databases."""

from __future__ import annotations

import threading
import time

import pytest
from databases import drop, new_database
from waited_for import until

from bench_service.errors import JobError
from bench_service.service.engine import Engine, JobQueue, asking
from bench_service.service.pace import Pace
from db.location import locate

ROUTES = ("cpu", "host:lab")


class Work:
    """Notes the jobs that it is called with; as a worker does, it keeps one and returns others."""

    def __init__(self, place):
        self.place = place
        self.pace = Pace(idle_s=0.05)
        self.instead = None
        self.done, self.at_once, self.most_at_once = [], 0, 0
        self.go_on, self.begun = threading.Event(), threading.Event()
        self.go_on.set()

    def __call__(self, uid):
        if not self.pace.take():
            with JobQueue(self.place) as queue:
                queue.give_back(uid, "lab/a")
            return
        try:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.begun.set()
            self.go_on.wait(20)
            self.done.append(uid)
            if self.instead is not None:
                self.instead(uid)
        finally:
            self.at_once -= 1
            self.pace.free()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory):
    """A queue with a worker that takes its jobs."""
    if request.param == "sqlite":
        place = locate(tmp_path_factory.mktemp("queue") / "store.queue.db")
    else:
        server = request.getfixturevalue("postgresql")
        place = locate(new_database(server))
    work = Work(place)
    engine = Engine(place, "lab/a", ROUTES, work.pace)
    engine.launch(work)
    yield place, work, engine
    engine.stop()
    if request.param == "postgresql":
        drop(server, place.url)


@pytest.fixture
def work(served):
    """The worker, free and with nothing done; it goes on after the test."""
    work = served[1]
    until(lambda: not work.pace.is_busy)
    work.done.clear()
    work.instead, work.most_at_once = None, 0
    work.begun.clear()
    yield work
    work.instead = None
    work.go_on.set()


@pytest.fixture
def queue(served, work):
    """The queue for those who ask."""
    with JobQueue(served[0]) as opened:
        yield opened


@pytest.fixture
def held(work, queue, request):
    """A worker that is at a job until ``go_on`` is set; the job's id."""
    work.go_on.clear()
    uid = f"held by {request.node.name}"
    queue.enqueue(uid, "cpu", 1)
    assert work.begun.wait(20)
    return uid


def test_a_queue_that_nobody_has_made_is_said_to_be_missing(tmp_path):
    with pytest.raises(JobError, match="There is no queue yet"):
        JobQueue(locate(tmp_path / "none.queue.db"))


def test_a_job_that_is_queued_twice_is_delivered_once(queue, work):
    for uid in ("one", "one", "two", "one"):
        queue.enqueue(uid, "cpu")
    until(lambda: {each.status for each in queue.find(["one", "two"]).values()} == {"SUCCESS"})
    queue.enqueue("one", "cpu")
    time.sleep(0.3)
    assert sorted(work.done) == ["one", "two"]


def test_jobs_of_several_routes_are_delivered_one_at_a_time(queue, work):
    for number in range(6):
        queue.enqueue(f"mixed{number}", ROUTES[number % 2])
    until(lambda: len(work.done) == 6)
    assert work.most_at_once == 1


def test_the_most_urgent_job_is_delivered_first_and_others_routes_stay(queue, work, held):
    queue.enqueue("later", "cpu", 100)
    queue.enqueue("elsewhere", "host:other", 1)
    queue.enqueue("sooner", "cpu", 2)
    work.go_on.set()
    until(lambda: work.done == [held, "sooner", "later"])
    assert queue.find(["elsewhere"])["elsewhere"].status == "ENQUEUED"


def test_nobody_looks_while_a_job_is_at_work_and_the_worker_itself_is_not_held_up(
    served, queue, work, held, monkeypatch
):
    time.sleep(0.3)  # whoever was through the gate is through
    came, passed = [], work.pace.gate

    def gate():
        passed()
        came.append(work.pace.is_busy)

    monkeypatch.setattr(work.pace, "gate", gate)
    queue.enqueue("after the held one", "cpu")
    time.sleep(0.7)
    assert came == []
    assert not served[2].is_lost(asks_server=True)
    work.go_on.set()
    until(lambda: work.done == [held, "after the held one"])


def test_a_job_that_was_cancelled_is_not_delivered(queue, work, held):
    queue.enqueue("no more", "cpu")
    queue.enqueue("still wanted", "cpu")
    queue.cancel("no more")
    queue.cancel("nowhere")
    assert queue.find(["no more"])["no more"].has_ended
    work.go_on.set()
    until(lambda: work.done == [held, "still wanted"])


def test_jobs_of_another_protocol_are_left_alone(queue, work, monkeypatch):
    monkeypatch.setattr(asking, "VERSION", "jobs-99")
    queue.enqueue("of tomorrow", "cpu", 1)
    monkeypatch.undo()
    queue.enqueue("of today", "cpu", 100)
    until(lambda: work.done == ["of today"])
    assert queue.find(["of tomorrow"])["of tomorrow"].status == "ENQUEUED"


def test_only_the_worker_that_has_a_job_gives_it_back(queue, work, held):
    queue.recover(["lab/b"])
    queue.give_back(held, "lab/b")
    assert queue.find([held])[held].holder == "lab/a"
    queue.recover(["lab/b", "lab/a"])
    assert queue.find([held])[held].holder is None
    assert queue.find([held])[held].status == "ENQUEUED"
    work.go_on.set()
    until(lambda: work.done == [held, held])


def test_a_job_that_is_given_back_as_it_ends_is_delivered_again(queue, work):
    def once(uid):
        work.instead = None
        with JobQueue(queue._place) as other:
            other.give_back(uid, "lab/a")

    work.instead = once
    queue.enqueue("released", "host:lab")
    until(lambda: work.done == ["released", "released"])
    until(lambda: queue.find(["released"])["released"].status == "SUCCESS")


def test_what_the_queue_calls_ended_can_be_queued_again_once_whoever_asks(queue, work):
    queue.enqueue("again", "cpu")
    until(lambda: queue.find(["again"])["again"].status == "SUCCESS")
    for _ in range(3):
        queue.enqueue("again", "cpu", n_times=1)
    until(lambda: queue.find(["again"])["again"].n_times == 2)
    until(lambda: queue.find(["again"])["again"].status == "SUCCESS")
    queue.enqueue("again", "cpu", n_times=2)
    until(lambda: work.done == ["again"] * 3)


def test_two_thousand_jobs_can_be_asked_about_at_once(queue, work):
    uids = [f"many{number}" for number in range(2_000)]
    queue.enqueue(uids[7], "cpu")
    assert list(queue.find(uids)) == [uids[7]]
    assert queue.find([]) == {}


def test_a_job_that_ends_with_an_exception_has_ended(queue, work):
    def fail(uid):
        raise RuntimeError(uid)

    work.instead = fail
    queue.enqueue("raises", "cpu")
    until(lambda: work.done and queue.find(["raises"])["raises"].has_ended)
    assert queue.find(["raises"])["raises"].status == "ERROR"


def test_a_queue_knows_the_routes_that_somebody_takes(queue):
    assert queue.has(ROUTES)
    assert not queue.has(["cuda"])


def test_a_file_that_is_no_queue_is_refused_with_its_place(tmp_path):
    path = tmp_path / "not.queue.db"
    path.write_text("not a database, and long enough not to be taken for an empty one")
    with pytest.raises(JobError, match="can't be used") as error:
        JobQueue(locate(path)).find(["one"])
    assert str(path) in str(error.value)


def test_a_server_that_is_not_there_is_told_without_its_password():
    place = locate("postgresql://ann:secret@127.0.0.1:1/none_queue")
    with pytest.raises(JobError, match="can't be used") as error:
        JobQueue(place).find(["one"])
    assert "secret" not in str(error.value)
