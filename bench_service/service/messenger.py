"""Tells a webhook what went wrong: a thread that waits, tries again, and stands still for jobs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tenacity import RetryError, Retrying, retry_if_exception_type, sleep_using_event
from tenacity.stop import stop_when_event_set
from tenacity.wait import wait_exponential

from bench_service.service.ledger import now
from bench_service.service.notices import Notice, Notices
from bench_service.service.webhook import RefusedNoticeError, WebhookError
from db.errors import StoreError

Tell = Callable[[Mapping[str, Any]], object]
"""Raises WebhookError where a document wasn't taken."""
LOOK_S = 30.0
PATIENCE_S = 3.0
"""How long the next job, or the end, waits for a notice to leave."""
LONGEST_WAIT_S = 900.0
OTHERS = timedelta(minutes=2)
"""So long a worker has for its own notices, before others take them for left behind."""
log = logging.getLogger("bench_service.worker")


class Messenger:
    """Sends a store's untold notices, at least once each, whichever worker they come from.

    ``expect`` names those of this worker, which are sent at once. Between ``hush`` and ``speak``
    nothing is sent nor looked at: a job is at work.
    """

    def __init__(
        self, notices: Notices, tell: Tell, clock: Callable[[], datetime] = now,
        first_wait_s: float = 1.0,
    ) -> None:  # fmt: skip
        self._notices = notices
        self._tell = tell
        self._clock = clock
        self._first_wait_s = first_wait_s
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._expected: set[str] = set()
        self._is_hushed = False
        self._is_sending = True
        self._thread = threading.Thread(target=self._work, name="notices", daemon=True)
        self._thread.start()

    def expect(self, notice: Notice) -> None:
        """This notice is this worker's own."""
        with self._changed:
            self._expected.add(notice.id)
            self._changed.notify_all()

    def hush(self) -> None:
        """A job begins; what was expected may leave before, if it does so within seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._expected, PATIENCE_S)
            self._is_hushed = True

    def speak(self) -> None:
        """The job has ended."""
        with self._changed:
            self._is_hushed = False
            self._changed.notify_all()

    def close(self) -> None:
        """No more is sent; what was expected may leave before, if it does so within seconds."""
        self.speak()
        with self._changed:
            self._changed.wait_for(lambda: not self._expected and not self._is_sending, PATIENCE_S)
        self._stopping.set()
        self.speak()

    def _work(self) -> None:
        wait = wait_exponential(multiplier=self._first_wait_s, max=LONGEST_WAIT_S)
        while not self._stopping.is_set():
            retrying = Retrying(
                retry=retry_if_exception_type((WebhookError, StoreError)),
                wait=wait,
                stop=stop_when_event_set(self._stopping),
                sleep=sleep_using_event(self._stopping),
            )
            try:
                retrying(self._send_all)
            except RetryError:
                return
            self._rest()

    def _send_all(self) -> None:
        self._await_speech()
        with self._changed:
            own = set(self._expected)
            self._is_sending = True
        refused: RefusedNoticeError | None = None
        for notice in self._notices.untold():
            if notice.id not in own and self._clock() - notice.at < OTHERS:
                continue
            if self._await_speech():
                return
            try:
                self._send(notice)
            except RefusedNoticeError as error:  # the others needn't wait for this one
                refused = error
        with self._changed:
            self._expected -= own  # somebody else may have sent one
            self._is_sending = False
            self._changed.notify_all()
        if refused is not None:
            raise refused

    def _send(self, notice: Notice) -> None:
        try:
            self._tell(notice.document)
        except WebhookError as error:
            log.warning("the webhook wasn't told", extra={"notice": notice.id, "why": error.got})
            raise
        self._notices.keep_told(notice)

    def _await_speech(self) -> bool:
        """True where it stops instead."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_hushed or self._stopping.is_set())
        return self._stopping.is_set()

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._expected or self._stopping.is_set(), LOOK_S)
