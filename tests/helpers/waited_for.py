"""Waiting for what another thread or process is to do."""

from __future__ import annotations

import time

LIMIT_S = 30.0


def until(holds, limit_s=LIMIT_S):
    """Comes back once ``holds()``; an AssertionError where it never does."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "what was waited for never came"
        time.sleep(0.02)
