"""When a worker looks for jobs: at once after one, seldom when idle, never while at one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EAGER_S = 2.0
"""After a job another one is expected for so long."""
IDLE_S = 4.0
"""Between two looks of a thread when no job has come for a while."""


class StoppedError(Exception):
    """The worker stops: nobody looks for jobs any more. Never leaves the threads that look."""


class Pace:
    """One job at a time, and a gate that whoever looks for jobs goes through. Threads share it."""

    def __init__(self, idle_s: float = IDLE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._idle_s = idle_s
        self._clock = clock
        self._changed = threading.Condition()
        self._own = threading.local()
        self._is_busy = self._is_stopped = False
        self._ended_at = clock()
        self._rests_until = clock()

    def take(self) -> bool:
        """True where this worker was free, and is the caller's from here on; False else."""
        with self._changed:
            if self._is_busy or self._is_stopped or self._rest_left_s() > 0:
                return False
            self._is_busy = True
            return True

    def free(self) -> None:
        """The job has ended."""
        with self._changed:
            self._is_busy, self._ended_at = False, self._clock()
            self._changed.notify_all()

    def rest(self, seconds: float) -> None:
        """No job is taken for so long."""
        with self._changed:
            self._rests_until = self._clock() + seconds

    @property
    def rest_left_s(self) -> float:
        """For how long no job is taken yet."""
        with self._changed:
            return self._rest_left_s()

    def _rest_left_s(self) -> float:
        return max(0.0, self._rests_until - self._clock())

    def stop(self) -> None:
        """No job is taken any more."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    @property
    def is_busy(self) -> bool:
        """Whether a job is at work."""
        with self._changed:
            return self._is_busy

    def require_going_on(self) -> None:
        """StoppedError where the worker stops."""
        with self._changed:
            if self._is_stopped:
                raise StoppedError

    def gate(self) -> None:
        """Comes back when a thread may look: not while a job is at work, nor in a rest.

        And seldom when idle.

        StoppedError where the worker stops.
        """
        with self._changed:
            while (self._is_busy or self._rest_left_s() > 0) and not self._is_stopped:
                self._changed.wait(self._rest_left_s() or None)
            rest_s = self._rest_s()
            if rest_s > 0:
                self._changed.wait_for(lambda: self._is_stopped, rest_s)
            if self._is_stopped:
                raise StoppedError
        self._own.looked_at = self._clock()

    def _rest_s(self) -> float:
        now = self._clock()
        looked_at = getattr(self._own, "looked_at", None)
        if looked_at is None or now - self._ended_at < EAGER_S:
            return 0.0
        return float(looked_at + self._idle_s - now)
