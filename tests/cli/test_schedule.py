"""The verbs ``schedule`` and ``webhook``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from asked_jobs import SUITE
from fixed_clock import utc
from receiver import receiving
from service_rows import give_firing, give_job, give_schedule
from sqlalchemy import select

from db import queries
from db.session import open_store
from db.tables import Schedule


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(SUITE)
    return path


@pytest.fixture
def stored(db):
    """How to store rows."""

    def give(row, *words, **changes):
        with open_store(db) as store:
            row(store, *words, **changes)

    return give


def test_a_schedule_is_added_listed_and_removed(call, db, suite):
    added = call("schedule", "add", "nightly", "30 2 * * *", suite, "--db", db)
    assert (added.status, added.err) == (0, "")
    assert "suite tiny, for a machine with cpu, first due at" in added.out
    listed = call("schedule", "list", "--db", db)
    assert all(word in listed.out for word in ("nightly", "30 2 * * *", "UTC", "tiny", "once"))
    (row,) = call("schedule", "list", "--json", "--db", db).document
    assert (row["name"], row["cron"], row["missed"]) == ("nightly", "30 2 * * *", "once")
    first, *others = map(datetime.fromisoformat, row["next_due_at"])
    assert others == [first + timedelta(days=1), first + timedelta(days=2)]
    assert (first.hour, first.minute, first.tzinfo) == (2, 30, UTC)
    assert (row["last_due_at"], row["last_job"], row["problem"]) == (None, None, "")
    assert call("schedule", "remove", "nightly", "--db", db).status == 0
    assert "No schedule stands" in call("schedule", "list", "--db", db).out


def test_the_whole_suite_is_kept_with_the_options_of_submit(call, db, suite):
    call(
        "schedule", "add", "n", "0 * * * *", suite, "-a", "gelu", "--numel", "64", "--on", "cuda",
        "--seed", "7", "--priority", "3", "--missed", "all", "--time-zone", "Asia/Tokyo",
        "--db", db,
    )  # fmt: skip
    suite.unlink()
    with open_store(db) as store, store.transaction() as connection:
        row = connection.execute(select(*Schedule.__table__.c)).one()
    document = row.document
    assert document["suite"]["activations"] == ["gelu"]
    assert document["suite"]["timing"]["numels"] == [64]
    assert (document["seed"], document["priority"]) == (7, 3)
    assert (row.route, row.missed, row.time_zone) == ("cuda", "all", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["n", "0 5 * *"], "4 fields"),
        (["n", "0 5 * * *", "--time-zone", "Mars/Phobos"], "no such time zone"),
        (["n", "0 5 * * *", "--missed", "never"], "--missed never"),
        (["a b", "0 5 * * *"], "can't be a schedule's name"),
        (["n", "0 5 * * *", "--label", "mine"], "--label mine"),
        (["n", "0 5 * * *", "no_such_suite"], "no_such_suite"),
        (["n", "0 5 * * *", "--on", "abacus"], "abacus"),
        (["n", "0 5 * * *", "--seed", "-1"], "0 to 2147483647"),
        (["n"], "CRON"),
    ],
)
def test_bad_input_is_refused_with_what_was_given(call, db, words, said):
    answer = call("schedule", "add", *words, "--db", db)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err


@pytest.mark.parametrize("verb", ["remove", "run"])
def test_an_unknown_schedule_is_refused_with_the_known_ones(call, db, stored, verb):
    stored(give_schedule, "nightly")
    answer = call("schedule", verb, "weekly", "--db", db)
    assert answer.status == 2
    assert "got: 'weekly'\nallowed: nightly" in answer.err


def test_a_schedule_is_tried_at_once(call, db, suite):
    call("schedule", "add", "n", "0 5 * * *", suite, "--db", db)
    job = call("schedule", "run", "n", "--json", "--db", db).document
    (row,) = call("jobs", "--json", "--db", db).document
    assert (row["id"], row["schedule"], row["status"]) == (job["id"], "n", "queued")
    assert row["due_at"] is None


NOW = datetime.now(UTC)
LATER = {"created_at": NOW, "cron": "0 0 1 1 *"}


def test_check_is_silent_where_no_schedule_stands(call, db, stored):
    stored(give_job, "a")
    answer = call("schedule", "list", "--check", "--db", db)
    assert (answer.status, answer.out, answer.err) == (0, "", "")


def test_check_is_silent_where_all_is_well(call, db, stored):
    stored(give_schedule, "well", **LATER)
    stored(give_job, "a", status="done")
    stored(give_firing, "well", NOW, job_uid="a")
    answer = call("schedule", "list", "--check", "--db", db)
    assert (answer.status, answer.out, answer.err) == (0, "", "")


def test_check_says_a_sentence_of_each_schedule_that_went_wrong(call, db, stored):
    due = utc(2026, 5, 1, 5)
    last = {"created_at": NOW, "cron": "0 0 1 1 *"}
    stored(give_job, "a", status="failed", reason="gelu failed\nmore")
    stored(give_job, "b", status="partial")
    stored(give_job, "c", status="queued", route="cuda")
    for name, more in {
        "failed": {"job_uid": "a"}, "half": {"job_uid": "b"}, "waits": {"job_uid": "c"},
        "nothing": {"note": "missed: nobody looked"},
    }.items():  # fmt: skip
        stored(give_schedule, name, route="cuda", **last)
        stored(give_firing, name, due, **more)
    stored(give_schedule, "overdue", created_at=NOW - timedelta(hours=2), cron="0 * * * *")
    stored(give_schedule, "unreadable", time_zone="Mars/Phobos")
    answer = call("schedule", "list", "--check", "--db", db)
    assert (answer.status, answer.out) == (1, "")
    failed, half, nothing, overdue, unreadable, waits = answer.err.splitlines()
    assert failed == (
        "Schedule failed was due at 2026-05-01 05:00 UTC, and its job a ended failed: gelu failed."
    )
    assert half == "Schedule half was due at 2026-05-01 05:00 UTC, and its job b ended partial."
    assert nothing == (
        "Schedule nothing was due at 2026-05-01 05:00 UTC and led to no job: missed: nobody looked."
    )
    assert overdue.startswith("Schedule overdue was due at ")
    assert "no worker has looked since" in overdue
    assert unreadable.startswith("Schedule unreadable can't be read on this machine")
    assert waits.endswith("its job c waits: no live worker has cuda.")
    listed = call("schedule", "list", "--db", db)
    assert listed.status == 0
    problems = [row["problem"] for row in call("schedule", "list", "--json", "--db", db).document]
    assert problems == answer.err.splitlines() == listed.err.splitlines()


def test_a_worker_once_makes_a_job_of_what_was_due_and_tells_of_what_was_missed(
    call, db, start, suite, monkeypatch
):
    monkeypatch.delenv("BENCH_SERVICE_QUEUE", raising=False)
    call("schedule", "add", "n", "* * * * *", suite, "--on", "host:nowhere", "--db", db)
    with open_store(db) as store, store.transaction() as connection:
        before = datetime.now(UTC) - timedelta(minutes=3)
        connection.execute(Schedule.__table__.update().values(created_at=before))
    with receiving() as receiver:
        words = ("worker", "--once", "--name", f"test-{receiver.port}", "--db", db)
        environment = {"BENCH_SERVICE_WEBHOOK": receiver.address(), "http_proxy": ""}
        ended = start(*words, "--metrics-port", "0", env=environment)
    assert ended.returncode == 1, ended.stderr
    assert b"Traceback" not in ended.stderr
    assert b"Metrics: http://127.0.0.1:" in ended.stderr
    with open_store(db) as store:
        jobs = queries.jobs(store)
        assert len(jobs) in (1, 2)  # another minute may have come meanwhile
        assert len(queries.firings(store, "n")) in (3, 4)
    (told,) = receiver.came
    assert (told["event"], told["schedule"], told["n_moments"]) == ("due_without_job", "n", 2)


def test_a_webhook_is_tried_and_what_came_back_is_said(call, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with receiving() as receiver:
        receiver.answers = [(200, {}), (403, {})]
        taken = call("webhook", receiver.address("/secret"))
        refused = call("webhook", receiver.address("/secret"))
        host = f"http://127.0.0.1:{receiver.port}"
        assert (taken.status, taken.out) == (0, f"{host} took the notice: 200 OK: thanks\n")
        assert (refused.status, refused.out) == (1, "")
        assert f"{host}: 403 Forbidden: no" in refused.err
        assert "secret" not in refused.err
        assert [document["event"] for document in receiver.came] == ["trial"]
    assert call("webhook", "file:///etc/passwd").status == 2
