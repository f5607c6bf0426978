"""Logs of a worker: a line of JSON each, for programs and patient people."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

NAME = "bench_service.worker"
QUEUE = "dbos"
"""What keeps the queue has a log of its own; only its warnings are of interest."""
SELDOM_S = 60.0
GIVEN_BACK = "outcome was not recorded"


@contextmanager
def logging_to(stream: TextIO, level: int = logging.INFO) -> Iterator[None]:
    """A block in which this program's log goes to the stream: JSON objects, times in UTC."""
    with ExitStack() as stack:
        stack.enter_context(_sent(NAME, stream, level))
        stack.enter_context(_sent(QUEUE, stream, logging.WARNING, Seldom()))
        yield


class Seldom(logging.Filter):
    """Lets a line through from each place in the code once a minute, and without its traceback.

    While a server is away what keeps the queue says so many times a second, at length. That a job
    which was given back has no outcome is as it should be, and nobody's concern.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said_s: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is of interest, and none from there was let through within a minute."""
        place, now_s = (record.pathname, record.lineno), self._clock()
        if GIVEN_BACK in str(record.msg):
            return False
        if now_s - self._said_s.get(place, -SELDOM_S) < SELDOM_S:
            return False
        self._said_s[place] = now_s
        record.msg, record.args = record.getMessage().partition("\n")[0], None
        record.exc_info = record.exc_text = None
        return True


@contextmanager
def _sent(name: str, stream: TextIO, level: int, *filters: logging.Filter) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.handlers, logger.level, logger.propagate
    handler = _handler(stream, level)
    for one in filters:
        handler.addFilter(one)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.handlers, logger.propagate = before[0], before[2]
        logger.setLevel(before[1])


def _handler(stream: TextIO, level: int) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setLevel(level)
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )
    )
    return handler
