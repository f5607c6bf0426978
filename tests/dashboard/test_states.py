"""What the pages say where an answer is missing, partial or on its way."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from db.session import open_store

PAGES = ("overview", "throughput")


@pytest.mark.parametrize("name", PAGES)
def test_without_a_store_a_page_says_which_command_makes_data(name, page, text):
    at = page(name)
    assert not at.exception
    assert "There are no measurements yet" in text(at)
    assert "bench-service run quick" in text(at)


def test_what_is_no_address_of_a_store_is_told_with_what_was_given(page, text, monkeypatch, url):
    monkeypatch.setenv("BENCH_SERVICE_DB", "mysql://host/runs")
    at = page()
    assert not at.exception
    assert "mysql://host/runs" in text(at)


def test_an_empty_store_says_which_command_makes_data(page, url, text):
    open_store(url).close()
    said = text(page())
    assert "is empty" in said
    assert "bench-service run quick" in said


def test_a_store_of_another_schema_says_how_to_upgrade(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, n_processes=3, names=("relu", "gelu"))
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE bench_service_schema SET version_num = 'v0_0_1'")
    connection.close()
    said = text(page())
    assert "needs an upgrade" in said
    assert "bench-service db upgrade" in said


def test_a_run_in_progress_shows_what_it_has_and_says_so(page, url, text, synthetic, rng):
    alive = synthetic.this_process()
    synthetic.record_run(url, rng, status=None, n_planned=144, state=alive)
    said = text(page())
    assert "still measuring" in said
    assert "72 of 144 cases" in said


@pytest.mark.parametrize("gone", ["pid", "boot_time"])
def test_a_run_whose_process_was_killed_is_interrupted_and_says_how_to_go_on(
    gone, page, url, text, synthetic, rng
):
    """A process id that nobody has, and one from before the machine was started."""
    killed = {**synthetic.this_process(), gone: 2**31 - 1}
    uid = synthetic.record_run(url, rng, status=None, n_planned=144, state=killed)
    said = text(page())
    assert "still measuring" not in said
    place = url.removeprefix("sqlite:///")
    command = f"bench-service run --resume {uid} --db {place}"
    assert f"This run was interrupted. Resume it: `{command}`" in said
    assert "72 of 144 cases" in said
    assert "Nothing so far: 72 cases of this run passed the checks." in said


def test_a_run_that_was_killed_before_its_first_result_says_how_to_go_on(
    page, url, text, synthetic, rng
):
    uid = synthetic.record_run(url, rng, groups=[], status=None)
    said = text(page())
    assert "interrupted before its first result" in said
    assert f"bench-service run --resume {uid}" in said


def test_a_run_that_has_only_begun_says_so(page, url, text, synthetic, rng):
    alive = synthetic.this_process()
    uid = synthetic.record_run(url, rng, groups=[], status=None, state=alive)
    said = text(page())
    assert "This run has only begun" in said
    assert f"bench-service show {uid}" in said


@pytest.mark.parametrize("status", [None, "interrupted"])
@pytest.mark.parametrize("is_alive", [True, False])
def test_a_whole_run_comes_before_a_newer_one_in_progress_or_interrupted(
    is_alive, status, page, url, synthetic, rng
):
    earlier = synthetic.STARTED - timedelta(days=1)
    synthetic.record_run(url, rng, label="whole", started_at=earlier, n_processes=3)
    state = synthetic.this_process() if is_alive else {}
    synthetic.record_run(url, rng, label="begun", status=status, state=state, n_processes=3)
    assert page().selectbox(key="run").value == "whole"


@pytest.mark.parametrize("name", PAGES)
def test_a_run_with_failures_alone_shows_their_reasons(name, page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, failed=synthetic.COSTS, status="failed")
    at = page(name)
    assert not at.exception
    said = text(at)
    assert "72 failed" in said
    assert "The gradient differs from the float64 reference" in said


def test_a_run_without_any_case_says_so(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, groups=[])
    assert "This run measured nothing" in text(page())


def test_hardware_with_test_sessions_alone_says_that_there_is_no_run(
    page, url, text, synthetic, rng
):
    synthetic.record_session(url, rng)
    assert "No run on this hardware" in text(page())


@pytest.mark.parametrize("name", PAGES)
def test_a_question_that_fails_leaves_the_rest_of_the_page(
    charts, name, page, url, text, synthetic, rng, monkeypatch
):
    synthetic.record_run(url, rng)

    def broken(store, uid):
        raise RuntimeError("the disk went away")

    monkeypatch.setattr("db.queries.environment", broken)
    at = page(name)
    assert not at.exception
    assert "The environment can't be shown" in text(at)
    assert "the disk went away" in text(at)
    assert charts(at)


def test_a_partial_run_shows_its_coverage_as_a_badge(page, url, text, synthetic, rng):
    synthetic.record_run(url, rng, failed=["mish"], skipped=["selu"], status="partial")
    said = text(page())
    assert "60 of 72 cases, 6 failed, 6 skipped" in said


def test_a_single_pass_and_a_single_size_make_a_page_too(page, url, text, synthetic, rng):
    groups = synthetic.groups_of(sizes=(1024,), passes=("forward",))
    synthetic.record_run(url, rng, groups=groups, names=("relu", "gelu"), n_processes=3)
    at = page("throughput")
    assert not at.exception
    assert not at.error
    assert "Only one pass was measured" in text(at)
    assert "Only 1,024 elements were measured" in text(at)
