"""Logs of a worker: a line of JSON each, for programs and patient people."""

from __future__ import annotations

import logging
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

NAME = "bench_service"


def begin_logging(stream: TextIO, level: int = logging.INFO) -> None:
    """From here on this program's log goes to the stream, a JSON object a line, times in UTC."""
    handler = logging.StreamHandler(stream)
    formatter = JsonFormatter(
        "%(levelname)s %(name)s %(message)s",
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp="time",
    )
    handler.setFormatter(formatter)
    logger = logging.getLogger(NAME)
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False
