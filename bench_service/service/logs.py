"""Logs of a worker: a line of JSON each, for programs and patient people."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

NAME = "bench_service"
QUEUE = "dbos"
"""What keeps the queue has a log of its own; only its warnings are of interest."""


@contextmanager
def logging_to(stream: TextIO, level: int = logging.INFO) -> Iterator[None]:
    """A block in which this program's log goes to the stream: JSON objects, times in UTC."""
    with ExitStack() as stack:
        stack.enter_context(_sent(NAME, stream, level))
        stack.enter_context(_sent(QUEUE, stream, logging.WARNING))
        yield


@contextmanager
def _sent(name: str, stream: TextIO, level: int) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.handlers, logger.level, logger.propagate
    logger.handlers, logger.propagate = [_handler(stream, level)], False
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
