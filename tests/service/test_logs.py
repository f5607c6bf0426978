"""A worker's log: JSON a line, and of what keeps the queue only what is new."""

from __future__ import annotations

import io
import json
import logging

import pytest

from bench_service.service.logs import SELDOM_S, Seldom, logging_to


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_object_with_what_was_said_beside_it():
    stream = io.StringIO()
    with logging_to(stream):
        logging.getLogger("bench_service.worker").warning("worker lost", extra={"worker": "lab/a"})
    (line,) = lines(stream)
    assert (line["level"], line["message"], line["worker"]) == ("WARNING", "worker lost", "lab/a")


def test_what_keeps_the_queue_says_the_same_once_and_never_how_it_came_to_it():
    stream = io.StringIO()
    with logging_to(stream):
        for number in range(20):
            try:
                int("the server is away")
            except ValueError:
                logging.getLogger("dbos").warning("try %d failed\nat length", number, exc_info=True)
        logging.getLogger("dbos").warning("something else")
    assert [line["message"] for line in lines(stream)] == ["try 0 failed", "something else"]
    assert "Traceback" not in stream.getvalue()


@pytest.mark.parametrize(("later_s", "is_said"), [(SELDOM_S - 1, False), (SELDOM_S, True)])
def test_after_a_minute_it_is_said_again(later_s, is_said):
    now = [5.0]
    seldom = Seldom(lambda: now[0])

    def says():
        return seldom.filter(logging.LogRecord("dbos", logging.WARNING, "a.py", 7, "x", (), None))

    assert says()
    now[0] += later_s
    assert says() is is_said


def test_that_a_job_was_given_back_is_no_news():
    record = logging.LogRecord(
        "dbos", logging.WARNING, "a.py", 7, "Workflow x outcome was not recorded: ...", (), None
    )
    assert not Seldom().filter(record)
