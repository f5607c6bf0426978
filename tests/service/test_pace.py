"""When a worker looks for jobs, by a clock of the test's own."""

from __future__ import annotations

import threading
import time

import pytest

from bench_service.service.pace import EAGER_S, Pace, StoppedError


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def rests(pace):
    """How long the next look of this thread would wait."""
    return max(0.0, pace._rest_s())


def in_thread(call):
    said = []

    def run():
        try:
            said.append(call())
        except StoppedError as error:
            said.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, said


def test_a_thread_that_never_looked_looks_at_once(clock):
    pace = Pace(7.0, clock)
    clock.now += 1000
    assert rests(pace) == 0


def test_after_a_job_it_looks_at_once_and_later_seldom(clock):
    pace = Pace(7.0, clock)
    pace.gate()
    clock.now += EAGER_S - 0.1
    assert rests(pace) == 0
    clock.now += 0.1
    assert rests(pace) == pytest.approx(7.0 - EAGER_S)
    clock.now += 7.0 - EAGER_S
    assert rests(pace) == 0
    assert pace.take()
    pace.free()
    clock.now += 0.5
    assert rests(pace) == 0


def test_each_thread_has_a_time_of_its_own(clock):
    pace = Pace(7.0, clock)
    clock.now += 50
    pace.gate()
    assert rests(pace) == 7.0
    thread, said = in_thread(lambda: rests(pace))
    thread.join(5)
    assert said == [0.0]


def test_one_job_at_a_time_and_nobody_waits_for_the_next(clock):
    pace = Pace(7.0, clock)
    assert pace.take()
    assert not pace.take()
    pace.free()
    assert pace.take()
    assert pace.is_busy


def test_nobody_passes_the_gate_while_a_job_is_at_work(clock):
    pace = Pace(7.0, clock)
    pace.take()
    thread, said = in_thread(pace.gate)
    time.sleep(0.05)
    assert said == []
    pace.free()
    thread.join(5)
    assert said == [None]


@pytest.mark.parametrize("waits", ["gate", "idle"])
def test_whoever_waits_is_told_when_the_worker_stops(clock, waits):
    pace = Pace(1000.0, clock)
    if waits == "idle":
        clock.now += 50

        def twice():
            pace.gate()
            pace.gate()

        thread, said = in_thread(twice)
    else:
        pace.take()
        thread, said = in_thread(pace.gate)
    time.sleep(0.05)
    assert said == []
    pace.stop()
    thread.join(5)
    assert isinstance(said[0], StoppedError)
    assert pace.take() is False
