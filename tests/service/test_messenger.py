"""Notices leave at least once, in a thread of their own that stands still for jobs."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
from fixed_clock import FixedClock, utc
from receiver import receiving
from service_rows import give_job
from waited_for import until

from bench_service.service import messenger as module
from bench_service.service.messenger import Messenger
from bench_service.service.notices import Notice, Notices
from bench_service.service.webhook import RefusedNoticeError, WebhookError, checked_webhook
from db.errors import StoreError

CLOCK = FixedClock(2026, 5, 1, 12)
FIRST = Notice("job:a", "job_failed", "nightly", "", utc(2026, 5, 1, 11, 59), job="a")
OLD = replace(FIRST, id="job:old", at=utc(2026, 5, 1, 11, 0))


class Kept:
    """Notices that nobody was told yet, and those that somebody was."""

    def __init__(self, *untold):
        self.left = list(untold)
        self.told = []
        self.n_asked = 0
        self.is_away = False

    def untold(self):
        self.n_asked += 1
        if self.is_away:
            raise StoreError("The store is away.")
        return list(self.left)

    def keep_told(self, notice):
        self.left.remove(notice)
        self.told.append(notice.id)


@pytest.fixture
def start():
    started = []

    def begin(kept, tell=lambda document: None):
        started.append(Messenger(kept, tell, CLOCK, first_wait_s=0.01))
        return started[-1]

    yield begin
    for each in started:
        each.close()


def test_a_worker_s_own_notice_leaves_at_once(start):
    kept = Kept()
    messenger = start(kept)
    until(lambda: kept.n_asked == 1)
    kept.left.append(FIRST)
    messenger.expect(FIRST)
    until(lambda: kept.told == ["job:a"])


def test_what_another_worker_left_behind_leaves_after_two_minutes(start):
    kept = Kept(FIRST, OLD)
    start(kept)
    until(lambda: kept.told)
    assert (kept.told, kept.left) == (["job:old"], [FIRST])


def test_what_was_refused_is_sent_again_until_it_is_taken(start):
    kept, tries = Kept(OLD), []

    def tell(document):
        tries.append(document["id"])
        if len(tries) < 4:
            raise WebhookError("no", got="503")

    start(kept, tell)
    until(lambda: kept.told)
    assert tries == ["job:old"] * 4


def test_a_notice_that_is_refused_keeps_no_other_waiting(start):
    """Such as one that is too long for the receiver."""
    younger = replace(OLD, id="job:younger", at=utc(2026, 5, 1, 11, 30))
    kept, tries = Kept(OLD, younger), []

    def tell(document):
        tries.append(document["id"])
        if document["id"] == OLD.id:
            raise RefusedNoticeError("no", got="413")

    messenger = start(kept, tell)
    until(lambda: tries.count(OLD.id) >= 3)
    assert (kept.told, kept.left) == (["job:younger"], [OLD])
    begun = time.monotonic()
    messenger.hush()
    assert time.monotonic() - begun < 2, "a job waits for what can't leave"
    messenger.speak()


def test_a_store_that_is_away_is_waited_for(start):
    kept = Kept(OLD)
    kept.is_away = True
    start(kept)
    until(lambda: kept.n_asked > 3)
    kept.is_away = False
    until(lambda: kept.told)


def test_nothing_is_looked_at_nor_sent_while_a_job_is_at_work(start):
    kept = Kept()
    messenger = start(kept)
    until(lambda: kept.n_asked == 1)
    messenger.hush()
    kept.left.append(FIRST)
    messenger.expect(FIRST)
    time.sleep(0.1)
    assert (kept.n_asked, kept.told) == (1, [])
    messenger.speak()
    until(lambda: kept.told == ["job:a"])


def test_a_job_waits_for_a_notice_that_is_leaving(start):
    kept, may_answer = Kept(FIRST), threading.Event()
    messenger = start(kept, lambda document: may_answer.wait(10))
    messenger.expect(FIRST)
    threading.Timer(0.1, may_answer.set).start()
    messenger.hush()
    assert kept.told == ["job:a"]


def test_neither_a_job_nor_the_end_waits_long_for_a_webhook_that_hangs(start, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    kept, never = Kept(FIRST), threading.Event()
    messenger = start(kept, lambda document: never.wait(10))
    messenger.expect(FIRST)
    for wait in (messenger.hush, messenger.close):
        done = threading.Thread(target=wait)
        done.start()
        done.join(5)
        assert not done.is_alive()
    assert kept.told == []
    never.set()


def test_what_somebody_else_sent_is_not_waited_for(start):
    kept = Kept()
    messenger = start(kept)
    messenger.expect(FIRST)
    until(lambda: kept.n_asked >= 2)
    time.sleep(0.1)
    assert kept.n_asked <= 3, "it looks again and again for what isn't there"


def test_a_notice_survives_a_crash_between_the_job_s_end_and_the_post(store, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    ended = utc(2026, 5, 1, 11, 0)
    give_job(store, "a", schedule="nightly", due_at=ended, status="failed", ended_at=ended)
    with receiving() as receiver:
        receiver.answers = [(500, {})]
        tell = checked_webhook(receiver.address()).tell
        for _ in range(2):  # the worker that comes after the crash, and the one after that
            messenger = Messenger(Notices(store, CLOCK), tell, CLOCK, first_wait_s=0.01)
            until(lambda: receiver.ids)
            messenger.close()
        assert receiver.ids == ["job:a"]
