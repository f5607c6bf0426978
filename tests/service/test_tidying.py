"""The queue forgets what ended long ago, and nothing that anybody may still take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dbos._sys_db import WorkflowStatusString
from waited_for import until

from bench_service.service.engine import Engine, JobQueue, asking
from bench_service.service.pace import Pace
from bench_service.service.tidying import AT_ONCE, EVERY_S, KEPT, TURNS, Tidying

TOMORROW = datetime.now(UTC) + KEPT + timedelta(hours=1)
UIDS = ("done", "cancelled", "waits")


@pytest.fixture
def queue(store, place):
    """A queue with a job that was done, one that was cancelled and one that waits."""
    pace = Pace(idle_s=0.05)
    engine = Engine(place, "lab/a", ("cpu",), pace)
    engine.launch(lambda uid: None)
    with JobQueue(place) as opened:
        opened.enqueue("done", "cpu")
        until(lambda: opened.find(["done"])["done"].has_ended)
        opened.enqueue("cancelled", "cuda")
        opened.cancel("cancelled")
        opened.enqueue("waits", "cuda")
        yield opened
    engine.stop()


def test_what_ended_more_than_a_day_ago_goes_and_what_waits_stays(queue, place):
    def tidied(at):
        return Tidying(lambda: JobQueue(place), lambda: at).look()

    assert tidied(datetime.now(UTC)) == 0
    assert set(queue.find(UIDS)) == set(UIDS)
    assert tidied(TOMORROW) == 2
    assert set(queue.find(UIDS)) == {"waits"}


def test_a_forgotten_job_may_be_asked_for_again(queue, place):
    queue.forget(TOMORROW, AT_ONCE)
    queue.enqueue("done", "cpu")
    until(lambda: queue.find(["done"])["done"].status == "SUCCESS")


def test_no_more_go_at_once_than_was_said(queue):
    assert [queue.forget(TOMORROW, 1) for _ in range(3)] == [1, 1, 0]


class Remembering:
    """A queue that ``forget`` is called on; it has so many rows that ended."""

    def __init__(self, n_rows):
        self.n_rows, self.asked = n_rows, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def forget(self, before, limit):
        self.asked.append(before)
        gone = min(limit, self.n_rows)
        self.n_rows -= gone
        return gone


def test_all_of_it_goes_a_part_at_a_time_and_then_nobody_asks_for_an_hour():
    kept, now_s = Remembering((TURNS + 1) * AT_ONCE + 1), [10.0]
    tidying = Tidying(lambda: kept, lambda: TOMORROW, lambda: now_s[0])
    assert tidying.look() == TURNS * AT_ONCE  # a worker has other things to do
    assert tidying.look() == AT_ONCE + 1
    assert set(kept.asked) == {TOMORROW - KEPT}
    kept.n_rows = 1
    now_s[0] += EVERY_S - 1
    assert tidying.look() == 0
    now_s[0] += 1
    assert tidying.look() == 1


def test_the_queue_tells_jobs_that_ended_as_this_program_does():
    """A status that no list has would be kept for ever."""
    assert {status.value for status in WorkflowStatusString} == {*asking.OPEN, *asking.HAS_ENDED}
