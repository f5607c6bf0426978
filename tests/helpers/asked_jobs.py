"""Jobs to ask for, and processes that stand in for the one that measures them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from bench_service.service.job import Job
from bench_service.suite import parse_suite

SUITE = """
name = "tiny"
activations = ["relu"]
backends = ["cpu-eager"]

[timing]
passes = ["forward"]
numels = [1024]
processes = 3
parents = 1
max_processes = 3
max_rounds = 10
child_ms = 50
"""
WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
SAYS_DONE = """
say({"progress": {"share": 0.5, "now": "gelu"}})
say({"end": {"outcome": "done", "reason": "", "run": None}})
"""
WAITS = """
import signal, time
def interrupt(*_):
    say({"end": {"outcome": "released", "reason": "told to", "run": None}})
    raise SystemExit(3)
signal.signal(signal.SIGTERM, interrupt)
say({"progress": {"share": 0.25, "now": "waiting"}})
time.sleep(60)
"""
_SAY = """
import json, os, sys
def say(line):  # whole, also where a signal's handler says something in between
    os.write(1, (json.dumps(line) + "\\n").encode())
"""


def a_job(**changes):
    """A job that nobody has submitted yet."""
    values = {
        "uid": "", "suite": parse_suite(SUITE, "a test"), "seed": 1, "folder": "/",
        "route": "cpu", "submitted_by": "ann@lab", "submitted_at": WHEN,
    }  # fmt: skip
    return Job(**(values | changes))


def python(script):
    """The command of a process that has ``say``, and ends with the interpreter that starts it."""
    return [sys.executable, "-S", "-E", "-c", _SAY + script]


def measuring_with(script):
    """What measures any job by that script."""
    return lambda uid, url: [*python(script), uid, url]
