"""The page about jobs: what it says of a store, and what it changes where it may."""

from __future__ import annotations

import re
import sqlite3
from urllib.parse import parse_qs

import pytest
import streamlit as st
from job_store import JobStore
from service_rows import give_firing, give_schedule, give_worker
from training_store import record_training

from dashboard import writing
from dashboard.launch import ALLOW_WRITES
from db import queries
from db.session import open_store

NASTY = '<img src=x onerror="alert(1)"> **bold** :red[hot] [link](http://x)'


@pytest.fixture
def asked(url):
    """A store for jobs."""
    with JobStore(url) as jobs:
        yield jobs


@pytest.fixture
def said(text):
    """A function that gives what a page says, as it reads once escapes are undone."""
    return lambda at: text(at).replace("\\", "").replace("\N{WORD JOINER}", "")


@pytest.fixture
def may_write(monkeypatch):
    """The pages were started to write, on loopback."""
    asked_for = st.get_option
    monkeypatch.setenv(ALLOW_WRITES, "1")
    monkeypatch.setattr(
        st, "get_option", lambda name: "127.0.0.1" if name == "server.address" else asked_for(name)
    )


def statuses(store_url):
    with open_store(store_url, read_only=True) as store:
        rows = queries.jobs(store)
    return dict(zip(rows["uid"], rows["status"], strict=True))


def headings(at):
    return [each.value for each in at.subheader]


def table(at, heading):
    return next(each.value for each in at.dataframe if heading in each.value.columns)


def test_without_a_store_the_page_says_which_commands_begin(page, url, said):
    at = page("jobs")
    assert not at.exception
    assert not at.error
    assert "There are no jobs yet" in said(at)
    place = url.removeprefix("sqlite:///")
    shown = [block.value for block in at.code]
    assert shown == [
        f"bench-service submit quick --db {place}",
        f"bench-service worker --db {place}",
    ]


def test_a_store_without_jobs_or_workers_says_which_commands_begin(page, url, said):
    open_store(url).close()
    at = page("jobs")
    assert not at.error
    assert "Nothing was asked of any worker" in said(at)
    assert "bench-service submit quick" in said(at)


def test_a_store_of_another_schema_says_how_to_upgrade(page, asked, said):
    asked.submit()
    with sqlite3.connect(asked.url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE bench_service_schema SET version_num = 'v0_0_1'")
    connection.close()
    assert "needs an upgrade" in said(page("jobs"))


def test_what_is_no_store_is_told_with_where_it_was_looked_for(page, url, said, tmp_path):
    (tmp_path / "store.db").write_text("not a database " * 100)
    at = page("jobs")
    assert not at.exception
    assert len(at.error) == 1
    assert url.removeprefix("sqlite:///") in said(at)


def test_a_worker_that_waits_is_there_before_the_first_job(page, asked, said):
    asked.worker()
    at = page("jobs")
    assert not at.error
    assert "1 alive" in said(at)
    assert "The queue is empty." in said(at)
    assert "No job has ended yet." in said(at)


def test_the_answers_come_first(page, asked, said):
    uid = asked.submit("nightly", at=asked.ago(minutes=3))
    asked.begin(uid, at=asked.ago(minutes=2))
    asked.worker(job=uid, progress={"share": 0.25, "now": "backward 1 Ki"})
    asked.submit("later")
    asked.ended("broken", "failed", reason="The disk was full.")
    at = page("jobs")
    assert not at.error
    assert [each.value for each in at.header] == ["1 job", "1 job", "1 job", "1 alive"]
    assert headings(at)[:3] == ["Running now", "The queue", "Failed and partial"]
    words = said(at)
    assert "nightly**: 25 %, since" in words
    assert "First in line: **later**" in words
    assert "The disk was full." in words
    assert "1 at work, 0 waiting for a job." in words
    assert not at.warning


def test_a_running_job_has_a_bar_with_what_is_being_done(page, asked):
    uid = asked.submit()
    asked.begin(uid)
    asked.worker(job=uid, progress={"share": 0.25, "now": "backward"})
    (bar,) = page("jobs").get("progress")
    assert bar.proto.value == 25
    assert bar.proto.text == "25 %: backward"


def test_a_job_that_waits_in_vain_is_said_at_once_with_what_helps(page, asked, said):
    asked.worker()
    asked.submit("big", route="gpu:H200")
    at = page("jobs")
    assert "**gpu:H200**, which no live worker has, can't begin: **big**" in said(at)
    assert "Live workers have cpu" in said(at)
    assert at.code[0].value.startswith("bench-service worker")
    assert table(at, "Who can take it")["Who can take it"].item() == "no live worker"


def test_a_lost_worker_and_its_job_are_said(page, asked, said):
    uid = asked.submit("orphan")
    lost = asked.lost(job=uid, minutes=7)
    asked.begin(uid, lost)
    asked.worker()
    at = page("jobs")
    assert not at.error
    words = said(at)
    assert "worker lost" in words
    assert "far/gone has ended without a word" in words
    assert "can go on with it, 90 seconds after that or once free" in words
    assert "far/gone** was lost: its last sign of life was 7 min ago." in words
    states = table(at, "Last sign of life").set_index("Worker")["State"]
    assert states["far/gone"] == "lost"


@pytest.mark.parametrize("outcome", ["failed", "partial"])
def test_a_failure_has_its_reason_its_tries_and_the_end_of_its_log(page, asked, outcome):
    log = "\n".join(f"line {i}" for i in range(100))
    uid = asked.submit("weekly", at=asked.ago(minutes=9))
    asked.end(asked.begin(uid), "lost", reason="the worker ended without a word")
    asked.end(asked.begin(uid), outcome, reason="Too little memory.\ngot: 1 GB", log=log)
    at = page("jobs")
    (fold,) = [each for each in at.expander if "weekly" in each.label]
    assert f"{outcome} ·" in fold.label
    assert "Too little memory" in fold.label
    assert "1 GB" not in fold.label
    reason, end = [each.value for each in fold.code]
    assert reason == "Too little memory.\ngot: 1 GB"
    assert end.endswith("line 98\nline 99")
    assert "line 59\n" not in end
    tries = fold.dataframe[0].value
    assert list(tries["Outcome"]) == ["lost", outcome]


def test_names_and_reasons_with_markup_are_shown_as_they_were_written(page, asked, said):
    uid = asked.submit(NASTY)
    asked.begin(uid)
    asked.worker(job=uid, progress={"share": 0.5, "now": NASTY})
    asked.submit(NASTY, route="cuda")
    asked.ended(NASTY, "failed", reason=NASTY, log=NASTY)
    at = page("jobs")
    assert not at.error
    shown = [each.value for each in (*at.markdown, *at.caption, *at.warning)]
    shown += [each.label for each in at.expander]
    shown += [each.proto.text for each in at.get("progress")]
    unescaped = re.compile(r"(?<!\\)(<img|\*\*bold|:red\[hot|\[link)")
    assert not [each for each in shown if unescaped.search(each)]
    assert not any(each.allow_html for each in at.markdown)
    assert NASTY in said(at)
    assert NASTY in list(table(at, "Who can take it")["Job"])
    assert NASTY in [each.value for each in at.code]


def test_two_hundred_jobs_make_a_page_with_bounds(page, asked, said):
    asked.worker()
    for minutes in range(120):
        asked.submit(f"job {minutes}", at=asked.ago(minutes=minutes))
    for minutes in range(80):
        asked.ended(f"past {minutes}", "failed", minutes_ago=minutes + 1, reason="broken")
    at = page("jobs")
    assert not at.error
    words = said(at)
    assert "120 jobs" in words
    assert "The first 100 of 120." in words
    assert len(table(at, "Who can take it")) == 100
    assert "The newest 10 of 80." in words
    assert len(at.expander) == 11
    assert len(table(at, "Ended")) == 80


def test_schedules_have_their_next_moments_and_what_became_of_the_last(page, asked, said):
    uid = asked.ended("nightly", "failed", reason="broken", schedule="nightly")
    give_schedule(asked.store)
    give_firing(asked.store, due_at=asked.ago(hours=1), job_uid=uid)
    give_firing(asked.store, due_at=asked.ago(days=1), note="nobody was there")
    at = page("jobs")
    assert not at.error
    row = table(at, "Cron text").iloc[0]
    assert row["Next"].count(" 05:00 CE") == 3
    assert row["Became"] == "failed"
    assert list(table(at, "Due")["Became"]) == ["failed", "no job"]
    assert list(table(at, "Due")["Note"]) == ["", "nobody was there"]
    assert "nothing fires until one starts" in said(at)


def test_a_finished_job_leads_to_its_run_by_name(page, url, asked, synthetic, rng):
    uid = synthetic.record_run(url, rng, label="nightly", n_processes=3, names=("relu", "gelu"))
    asked.ended("nightly", "done", run=uid)
    asked.ended("without a run", "failed")
    at = page("jobs")
    assert not at.error
    (link,) = at.get("page_link")
    assert link.proto.label == "Overview"
    assert link.proto.query_string == ("hardware=Xeon+Platinum+8481C%2C+2+cores&run=nightly")


def test_a_job_that_trained_leads_to_the_page_about_training(page, url, asked, rng):
    uid = record_training(url, rng)
    asked.ended("trained", "done", run=uid)
    at = page("jobs")
    assert not at.error
    (link,) = at.get("page_link")
    assert link.proto.label == "Convergence"
    name = parse_qs(link.proto.query_string)["run"][0]
    there = page("convergence", run=name)
    assert not there.warning
    assert there.selectbox(key="run").value == name


def test_a_panel_that_fails_leaves_the_rest_of_the_page(page, asked, said, monkeypatch):
    asked.worker()
    asked.submit()

    def broken(*_):
        raise RuntimeError("a bad row")

    monkeypatch.setattr("dashboard.service.workers.table", broken)
    at = page("jobs")
    assert not at.exception
    assert [each.value for each in at.error] == [
        "**The workers can't be shown.** RuntimeError: a bad row"
    ]
    assert "Schedules" in headings(at)


def test_every_time_on_the_page_names_its_zone(page, asked):
    asked.worker()
    asked.submit(at=asked.ago(days=2))
    uid = asked.submit(at=asked.ago(days=2))
    asked.begin(uid)
    asked.ended("broken", "failed", minutes_ago=3_000)
    at = page("jobs")
    shown = [each.value for each in (*at.caption, *at.markdown, *at.header)]
    shown += [each.label for each in at.expander]
    shown += [str(cell) for each in at.dataframe for cell in each.value.to_numpy().ravel()]
    times = [each for each in shown if re.search(r"\d:\d\d", each)]
    assert len(times) >= 8
    assert all("UTC" in each for each in times), times


def test_the_page_only_reads_unless_it_was_started_to_write(page, asked, said):
    asked.submit()
    at = page("jobs")
    assert not at.selectbox
    assert "These pages only read." in said(at)
    assert any("dashboard --allow-writes" in block.value for block in at.code)


def test_a_job_is_cancelled_once_that_was_confirmed(page, asked, said, may_write):
    uid = asked.submit("wrong")
    at = page("jobs")
    assert at.button(key="cancel").disabled
    at.selectbox(key="cancel-choice").select(uid).run()
    at.button(key="cancel").click().run()
    assert f"Cancel **{uid} · waiting" in said(at)
    assert statuses(asked.url) == {uid: "queued"}
    at.button(key="cancel-no").click().run()
    assert "Cancel **" not in said(at)
    assert statuses(asked.url) == {uid: "queued"}
    at.button(key="cancel").click().run()
    at.button(key="cancel-yes").click().run()
    assert statuses(asked.url) == {uid: "cancelled"}
    (told,) = [each.value for each in at.success]
    said_so = f"Job {uid} is cancelled. If it was running, it stops within seconds."
    assert re.fullmatch(rf"\d\d:\d\d UTC: {said_so}", told)
    assert not at.error


def test_that_a_job_had_ended_before_it_was_cancelled_is_told(page, asked, may_write):
    uid = asked.submit()
    at = page("jobs")
    at.selectbox(key="cancel-choice").select(uid).run()
    at.button(key="cancel").click().run()
    asked.end(asked.begin(uid), "done")
    at.button(key="cancel-yes").click().run()
    assert "had ended before; nothing changed" in at.success[0].value
    assert statuses(asked.url) == {uid: "done"}


def test_a_job_is_submitted_again_once_for_each_time_it_was_chosen(page, asked, may_write, said):
    uid = asked.ended("weekly", "failed")
    at = page("jobs")
    at.selectbox(key="again-choice").select(uid).run()
    at.button(key="again").click().run()
    assert sorted(statuses(asked.url).values()) == ["failed", "queued"]
    assert f"the same suite as {uid}. No live worker has what it needs" in at.success[0].value
    assert at.button(key="again").disabled
    assert "1 job that needs **cpu**, which no live worker has" in said(at)


def test_a_store_that_can_t_be_written_is_told_and_the_page_goes_on(
    page, asked, may_write, monkeypatch
):
    uid = asked.submit()
    at = page("jobs")
    at.selectbox(key="cancel-choice").select(uid).run()
    at.button(key="cancel").click().run()
    monkeypatch.setattr(writing, "WAIT_MS", 50)
    holder = sqlite3.connect(asked.url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    at.button(key="cancel-yes").click().run()
    holder.execute("ROLLBACK")
    holder.close()
    assert not at.exception
    assert at.error[0].value.startswith("**Nothing changed at ")
    assert statuses(asked.url) == {uid: "queued"}


def test_the_door_is_shut_to_everybody_who_didn_t_open_it(asked, monkeypatch):
    uid = asked.submit()
    monkeypatch.setenv(ALLOW_WRITES, "1")
    monkeypatch.setattr(st, "get_option", lambda _: "0.0.0.0")
    for change in (writing.cancel, writing.resubmit):
        with pytest.raises(writing.JobError, match="only read"):
            change(uid)
    monkeypatch.setenv(ALLOW_WRITES, "0")
    monkeypatch.setattr(st, "get_option", lambda _: "127.0.0.1")
    with pytest.raises(writing.JobError, match="only read"):
        writing.cancel(uid)
    assert statuses(asked.url) == {uid: "queued"}


@pytest.mark.parametrize(
    ("address", "is_loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.8.8", True),
     (None, False), ("", False), ("0.0.0.0", False), ("10.0.0.1", False), ("lab", False)],
)  # fmt: skip
def test_only_addresses_that_this_machine_alone_reaches_are_loopback(address, is_loopback):
    assert writing.is_loopback(address) is is_loopback


def test_a_worker_that_another_one_buried_is_lost_and_not_stopped(page, asked):
    silent = asked.ago(minutes=9)
    give_worker(asked.store, "lab/e", beat_at=silent, stopped_at=asked.ago(minutes=8))
    assert list(table(page("jobs"), "Last sign of life")["State"]) == ["lost"]
