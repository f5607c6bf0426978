"""The sentences and tables of the page about jobs, from frames of a store at a fixed moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from job_store import JobStore
from service_rows import give_firing, give_schedule, give_worker

from dashboard.service import answers, jobs, schedules, times, vain, workers
from dashboard.service.data import snapshot

NOW = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)


@pytest.fixture
def asked(url):
    """A store for jobs, at a fixed moment."""
    with JobStore(url, NOW) as jobs:
        yield jobs


def plainly(text):
    return text.replace("\\", "")


def seen(asked):
    return snapshot(asked.now)


def test_the_first_in_line_is_the_most_urgent_and_among_equals_the_oldest(asked):
    asked.worker()
    newer = asked.submit("newer", at=asked.ago(minutes=1))
    older = asked.submit("older", at=asked.ago(minutes=2))
    urgent = asked.submit("urgent", at=asked.now, priority=1)
    table = jobs.queue(seen(asked))
    assert list(table["uid"]) == [urgent, older, newer]
    assert list(table["waits"]) == ["0 s", "2 min", "1 min"]
    card = answers.waiting(seen(asked))
    assert card.head == "3 jobs"
    assert "First in line: **urgent**, which needs cpu; asked for 0 s ago by ann@lab." in plainly(
        card.sentences[0]
    )


def test_a_running_job_says_how_far_it_is_and_since_when(asked):
    uid = asked.submit("nightly", at=asked.ago(minutes=20))
    asked.begin(uid, at=asked.ago(minutes=12))
    asked.worker(job=uid, progress={"share": 0.42, "now": "forward"})
    card = answers.running(seen(asked))
    assert (card.head, card.sentences) == ("1 job", ["**nightly**: 42 %, since 22:28 UTC (12 min)"])


def test_a_job_that_no_live_worker_can_take_is_said(asked):
    asked.worker(routes=("cpu", "host:here"))
    asked.submit("small")
    assert vain.in_vain(seen(asked)) == []
    asked.submit("big", route="gpu:H200")
    (said,) = vain.in_vain(seen(asked))
    assert plainly(said) == (
        "1 job that needs **gpu:H200**, which no live worker has, can't begin: **big**."
    )
    assert plainly(vain.live_routes(seen(asked))) == "cpu and host:here"


def test_a_running_job_whose_worker_was_lost_waits_in_vain_where_nobody_can_take_it_over(asked):
    """Its worker is of this host, and its process is not: no process has that id."""
    give_worker(asked.store, "lab/a", beat_at=asked.ago(minutes=5))
    uid = asked.submit("orphan")
    asked.begin(uid, "lab/a")
    (said,) = vain.in_vain(seen(asked))
    assert "orphan" in said
    asked.worker()
    assert vain.in_vain(seen(asked)) == []


def test_failures_of_a_day_are_named_with_the_first_line_of_the_reason(asked):
    asked.ended("old", "failed", minutes_ago=25 * 60)
    assert answers.failed(seen(asked)).head == "None"
    asked.ended("half", "partial", minutes_ago=90, reason="3 cases failed")
    asked.ended("new", "failed", minutes_ago=10, reason="No such activation.\ngot: relux")
    asked.ended("stopped", "cancelled", minutes_ago=5)
    card = answers.failed(seen(asked))
    assert card.head == "2 jobs"
    assert [plainly(each) for each in card.sentences] == [
        "**new** failed 10 min ago: No such activation.",
        "**half** partial 1 h 30 min ago: 3 cases failed",
    ]


def test_with_more_than_three_failures_the_rest_is_counted(asked):
    for minutes in range(1, 6):
        asked.ended(f"job {minutes}", "failed", minutes_ago=minutes)
    card = answers.failed(seen(asked))
    assert (card.head, len(card.sentences), card.sentences[-1]) == ("5 jobs", 4, "and 2 more")


def test_what_a_worker_is_at_is_a_word(asked):
    """Elsewhere a minute's silence is death by the wall clock, so these moments are real ones."""
    asked.now = datetime.now(UTC)
    uid = asked.submit()
    asked.worker("a", job=uid, progress={"share": 0.1, "now": ""})
    asked.worker("b")
    asked.worker("c", stops=True)
    asked.lost("d", minutes=2)
    # Another worker noted its end, later than its last sign of life.
    silent = asked.ago(minutes=9)
    give_worker(asked.store, "lab/e", beat_at=silent, stopped_at=silent + timedelta(minutes=1))
    table = workers.table(seen(asked).workers, asked.now)
    states = {row.identity.partition("/")[2]: row.state for row in table.itertuples()}
    assert states == {"a": "at work", "b": "waiting", "c": "stopped", "d": "lost", "e": "lost"}
    assert list(table["state"]) == ["at work", "waiting", "lost", "lost", "stopped"]
    signs = dict(zip(table["identity"], table["last_sign"], strict=True))
    assert signs["far/d"].startswith("2 min ago (20")
    assert signs["far/d"].endswith("UTC)")


def test_a_worker_s_cpu_share_is_of_its_life(asked):
    began = asked.ago(seconds=100)
    assert workers.cpu_share({"beat_at": NOW, "started_at": began, "cpu_s": 0.5}) == 0.005
    give_worker(asked.store, started_at=began, beat_at=NOW, cpu_s=0.5, rss_bytes=86_000_000)
    give_worker(asked.store, "lab/new", started_at=NOW, beat_at=NOW, cpu_s=0.5)
    table = workers.table(seen(asked).workers, NOW).set_index("identity")
    assert list(table.loc["lab/a", ["cpu_share", "memory"]]) == ["0.5 %", "86 MB"]
    assert list(table.loc["lab/new", ["cpu_share", "memory"]]) == ["–", "–"]


def test_an_ended_job_says_when_how_long_it_took_and_who_asked(asked):
    uid = asked.ended("weekly", "done", minutes_ago=10, schedule="weekly")
    (row,) = jobs.ended(seen(asked).ended).to_dict("records")
    assert row == {
        "job": "weekly", "status": "done", "ended": "2026-11-20 22:30 UTC", "took": "2 min",
        "tries": 1, "worker": row["worker"], "by": "schedule weekly", "reason": "", "run": "",
        "uid": uid,
    }  # fmt: skip


def test_jobs_are_listed_by_their_end_and_not_by_their_begin(asked):
    first = asked.submit("first", at=asked.ago(hours=2))
    asked.ended("second", minutes_ago=60)
    asked.end(asked.begin(first), "done", at=asked.ago(minutes=1))
    assert list(seen(asked).ended["label"]) == ["first", "second"]


def test_the_next_moments_of_a_schedule_are_in_its_own_zone(asked):
    """Berlin is an hour ahead of UTC in November, two in July."""
    give_schedule(asked.store, "nightly")  # five o'clock in Berlin
    give_schedule(asked.store, "off", enabled=False)
    give_schedule(asked.store, "odd", cron="nonsense", time_zone="Mars")
    table = schedules.table(seen(asked)).set_index("name")
    assert table.loc["nightly", "coming"] == (
        "Sat 21 Nov 05:00 CET, Sun 22 Nov 05:00 CET, Mon 23 Nov 05:00 CET"
    )
    assert table.loc["off", "coming"] == "off"
    assert table.loc["odd", "coming"] == "“nonsense” in “Mars” can't be read"
    assert table.loc["nightly", "last_due"] == "never yet"
    name, when = schedules.soonest(seen(asked))
    assert (name, when) == ("nightly", datetime(2026, 11, 21, 4, tzinfo=UTC))
    card = answers.running(seen(asked))
    assert card.sentences == [
        "Next by schedule: **nightly** at Sat 21 Nov 05:00 CET, in 5 h 20 min."
    ]


def test_what_became_of_a_moment_is_a_word_and_a_note(asked):
    uid = asked.ended("nightly", "failed", reason="broken")
    give_schedule(asked.store)
    give_firing(asked.store, due_at=asked.ago(days=2), note="missed")
    give_firing(asked.store, due_at=asked.ago(days=1), job_uid=uid)
    table = schedules.firings(seen(asked))
    assert list(table["became"]) == ["failed", "no job"]
    assert list(table["note"]) == ["", "missed"]
    assert list(table["due"]) == ["2026-11-19 22:40 UTC", "2026-11-18 22:40 UTC"]
    assert schedules.table(seen(asked))["became"].item() == "failed"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-3, "0 s"), (59.9, "59 s"), (60, "1 min"), (3_600, "1 h"), (11_100, "3 h 5 min"),
     (86_400, "1 d"), (187_200, "2 d 4 h")],
)  # fmt: skip
def test_a_span_is_told_in_one_or_two_units(seconds, told):
    assert times.span(seconds) == told


def test_a_moment_of_another_day_is_told_whole():
    assert times.clock_time(NOW - timedelta(hours=1), NOW) == "21:40 UTC"
    assert times.clock_time(NOW - timedelta(days=1), NOW) == "2026-11-19 22:40 UTC"
    assert times.moment(None) == ""
