"""Logs of a worker: a line of JSON each, for programs and patient people."""

from __future__ import annotations

import logging
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

NAME = "bench_service"
QUEUE = "dbos"
"""What keeps the queue has a log of its own; only its warnings are of interest."""


def begin_logging(stream: TextIO, level: int = logging.INFO) -> None:
    """From here on this program's log goes to the stream, a JSON object a line, times in UTC."""
    _send(NAME, stream, level)
    logging.getLogger(NAME).setLevel(level)
    _send(QUEUE, stream, logging.WARNING)


def _send(name: str, stream: TextIO, level: int) -> None:
    handler = logging.StreamHandler(stream)
    handler.setLevel(level)
    formatter = JsonFormatter(
        "%(levelname)s %(name)s %(message)s",
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",
    )
    handler.setFormatter(formatter)
    logger = logging.getLogger(name)
    logger.handlers = [handler]
    logger.propagate = False
