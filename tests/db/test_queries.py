"""Answers have the same columns and types whether there is anything or not, and an end."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from slices import DIGITS, trained

from bench_service.record import CiBenchmark, RunHeader
from bench_service.result import CaseOutcome, ChildResult, Conditions, Role, Status, TimingCase
from db import queries
from db.errors import TooManyRowsError, UnknownRunError
from db.queries import (
    catalogue,
    ci,
    frame,
    neurons,
    run,
    schedule,
    service,
    timing,
    training,
)

FIRST = datetime(2026, 5, 1, tzinfo=UTC)
CONDITIONS = Conditions("cpu-eager", "forward", "float32", 1024)

TABLES = {
    "runs": ((), run.RUNS),
    "timing_outcomes": (("none",), timing.OUTCOMES),
    "timing_processes": (("none",), timing.PROCESSES),
    "timing_blocks": (("none",), timing.BLOCKS),
    "training_slices": (("none",), training.SLICES),
    "training_curves": (("none",), training.CURVES),
    "neuron_curves": (("none",), neurons.CURVES),
    "neuron_masks": (("none",), neurons.MASKS),
    "workloads": (("none",), training.WORKLOADS),
    "ci_benchmarks": (("none",), ci.BENCHMARKS),
    "ci_history": (("none",), ci.HISTORY),
    "activations": ((), catalogue.ACTIVATIONS),
    "hardware": ((), catalogue.HARDWARE),
    "quantities": ((), catalogue.QUANTITIES),
    "jobs": ((), service.JOBS),
    "job_attempts": (("none",), service.ATTEMPTS),
    "workers": ((), service.WORKERS),
    "schedules": ((), schedule.SCHEDULES),
    "firings": (("none",), schedule.FIRINGS),
}
OF_A_WORKLOAD = {"training_curves", "neuron_curves", "neuron_masks"}
NO_FRAMES = {"find_job", "find_run", "run_header", "environment"}


def ask(name, store, *arguments, **options):
    if name in OF_A_WORKLOAD:
        options = {"workload": "digits_mlp", **options}
    return getattr(queries, name)(store, *arguments, **options)


def dtype(kind):
    return pd.Series([""]).dtype if kind == "text" else frame._DTYPES[kind]


def begin(recorder, day=0, **changes):
    values = {
        "suite": "quick",
        "suite_document": {},
        "hardware": {"cpu": 1},
        "software": {"torch": "2.13.0"},
        "started_at": FIRST + timedelta(days=day),
    }
    return recorder.begin_run(RunHeader(**values | changes))


def give_timing(recorder, uid):
    part = ChildResult(CONDITIONS.fingerprint, 0, 0, True, 0, 0, "ok", "", ())
    recorder.child(uid, part, {})


def test_every_table_of_answers_is_tested_here():
    assert set(queries.__all__) == set(TABLES) | NO_FRAMES


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_answer_has_all_columns_with_their_types(store, name):
    arguments, columns = TABLES[name]
    answer = ask(name, store, *arguments)
    assert list(answer.columns) == list(columns)
    assert {c: answer[c].dtype for c in columns} == {c: dtype(kind) for c, kind in columns.items()}
    assert len(answer) == 0


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"quantities"}))
def test_every_answer_can_be_bounded(name):
    assert "limit" in inspect.signature(getattr(queries, name)).parameters


def test_an_answer_has_the_same_types_when_it_is_not_empty(recorder, store):
    uid = begin(recorder)
    case = TimingCase("gelu", CONDITIONS)
    recorder.outcome(uid, CaseOutcome(case, Role.CASE, Status.OK))
    recorder.outcome(uid, CaseOutcome(case, Role.COPY, Status.OK, saved_bytes_per_element=1.5))
    give_timing(recorder, uid)
    for name in ("runs", "timing_outcomes", "timing_processes", "hardware", "quantities"):
        arguments, columns = TABLES[name]
        answer = getattr(queries, name)(store, *(uid for _ in arguments))
        assert len(answer) > 0
        for column, kind in columns.items():
            assert answer[column].dtype == dtype(kind), (name, column)
    first = queries.timing_outcomes(store, uid).iloc[0]
    assert np.isnan(first.saved_bytes_per_element)
    assert first.activation_version is pd.NA
    assert pd.isna(queries.runs(store).label[0])
    assert queries.runs(store).finished_at[0] is pd.NaT
    assert queries.runs(store).started_at[0] == FIRST


def test_too_long_an_answer_is_an_error_and_never_a_part_of_it(recorder, store):
    uid = begin(recorder)
    for numel in range(3):
        conditions = Conditions("cpu-eager", "forward", "float32", numel)
        case = TimingCase("gelu", conditions)
        recorder.outcome(uid, CaseOutcome(case, Role.CASE, Status.OK))
    assert len(queries.timing_outcomes(store, uid, limit=3)) == 3
    with pytest.raises(TooManyRowsError, match="more than 2 rows"):
        queries.timing_outcomes(store, uid, limit=2)


def test_runs_are_the_newest_ones_newest_first(recorder, store):
    uids = [begin(recorder, day) for day in (2, 0, 1)]
    assert queries.runs(store, 2).uid.tolist() == [uids[0], uids[2]]


def test_runs_are_of_the_trigger_and_the_hardware_asked_for(recorder, store):
    here = begin(recorder)
    there = begin(recorder, hardware={"cpu": 2}, hardware_label="there", trigger="ci")
    assert queries.runs(store, trigger="ci").uid.tolist() == [there]
    fingerprint = queries.runs(store, trigger="cli").hardware_fingerprint[0]
    assert queries.runs(store, hardware=fingerprint).uid.tolist() == [here]
    assert len(queries.runs(store)) == 2


def test_cases_are_counted_by_what_became_of_them_and_references_are_not(recorder, store):
    uid = begin(recorder)
    statuses = [Status.OK, Status.OK, Status.FAILED, Status.SKIPPED]
    for numel, status in enumerate(statuses):
        conditions = Conditions("cpu-eager", "forward", "float32", numel)
        for role in (Role.CASE, Role.REFERENCE):
            recorder.outcome(uid, CaseOutcome(TimingCase("relu", conditions), role, status, "why"))
    row = queries.runs(store).iloc[0]
    assert (row.n_cases, row.n_ok, row.n_failed, row.n_skipped) == (4, 2, 1, 1)
    header = queries.run_header(store, uid)
    assert (header["n_cases"], header["n_ok"], header["finished_at"]) == (4, 2, None)


def test_the_benchmarks_of_a_test_session_are_counted_and_those_of_others_are_not(recorder, store):
    rows = [
        CiBenchmark(name=n, fullname=n, n_rounds=1, iterations=1, times_ns=np.ones(1), stats={})
        for n in "abc"
    ]
    session, other = (begin(recorder, day, trigger="ci") for day in (1, 0))
    begin(recorder, -1)
    recorder.ci_benchmarks(session, rows)
    recorder.ci_benchmarks(other, rows[:1])
    assert queries.runs(store).n_benchmarks.tolist() == [3, 1, 0]
    assert queries.run_header(store, session)["n_benchmarks"] == 3


def test_slices_count_as_cases_and_a_divergence_is_a_result(recorder, store):
    recorder.workloads([DIGITS])
    uid, other = begin(recorder), begin(recorder, -1)
    statuses = ["ok", "ok", *["diverged"] * 3, "timeout", "error", *["skipped"] * 4]
    recorder.slices(
        uid, [trained(seed=i, status=status, reason="why") for i, status in enumerate(statuses)]
    )
    recorder.slices(other, [trained()])
    row = queries.runs(store).iloc[0]
    assert (row.n_cases, row.n_ok, row.n_failed, row.n_skipped) == (11, 5, 2, 4)
    for numel, status in enumerate(Status):
        conditions = Conditions("cpu-eager", "forward", "float32", numel)
        recorder.outcome(uid, CaseOutcome(TimingCase("relu", conditions), Role.CASE, status, "why"))
    row = queries.runs(store).iloc[0]
    assert (row.n_cases, row.n_ok, row.n_failed, row.n_skipped) == (14, 6, 3, 5)
    assert row.n_slices == 11
    header = queries.run_header(store, uid)
    assert (header["n_cases"], header["n_ok"], header["n_failed"]) == (14, 6, 3)
    assert type(header["n_cases"]) is int
    assert queries.runs(store).n_cases.tolist() == [14, 1]


def test_latest_is_also_a_run_that_only_trained(recorder, store):
    recorder.workloads([DIGITS])
    timed, trained_only = begin(recorder, 0), begin(recorder, 1)
    give_timing(recorder, timed)
    begin(recorder, 2)
    assert queries.find_run(store, "latest") == timed
    recorder.slices(trained_only, [trained()])
    assert queries.find_run(store, "latest") == trained_only


def test_latest_is_the_newest_run_with_timing_data_that_is_not_of_ci(recorder, store):
    with pytest.raises(UnknownRunError, match="no run with results yet"):
        queries.find_run(store, "latest")
    old, measured = begin(recorder, 0), begin(recorder, 1)
    give_timing(recorder, old)
    give_timing(recorder, measured)
    begin(recorder, 2)
    give_timing(recorder, begin(recorder, 3, trigger="ci"))
    assert queries.find_run(store, "latest") == measured


def test_a_label_means_the_newest_run_that_carries_it(recorder, store):
    begin(recorder, 0, label="mine")
    newer = begin(recorder, 1, label="mine")
    ci_run = begin(recorder, 2, label="mine", trigger="ci")
    assert queries.find_run(store, "mine") == newer
    assert queries.find_run(store, ci_run) == ci_run


def test_a_run_is_found_by_the_beginning_of_its_id_where_that_is_its_alone(recorder, store):
    uids = [begin(recorder, day) for day in range(3)]
    assert [queries.find_run(store, uid[:-1]) for uid in uids] == uids
    with pytest.raises(UnknownRunError, match="Several") as caught:
        queries.find_run(store, uids[0][:1])
    assert all(uid in caught.value.allowed for uid in uids)


@pytest.mark.parametrize("reference", ["", "%", "_", "nothing", "LATEST"])
def test_a_reference_to_no_run_lists_the_runs_there_are(recorder, store, reference):
    uid = begin(recorder, label="mine")
    with pytest.raises(UnknownRunError) as caught:
        queries.find_run(store, reference)
    assert f"{uid} (mine)" in caught.value.allowed


@pytest.mark.parametrize("question", [queries.run_header, queries.environment])
def test_what_is_known_of_no_run_is_an_error(store, question):
    with pytest.raises(UnknownRunError):
        question(store, "none")


def test_a_benchmark_of_ci_has_a_history_oldest_first(recorder, store):
    for day in (1, 0, 2):
        uid = begin(recorder, day, trigger="ci", code={"sha": str(day)})
        rows = [
            CiBenchmark(
                name="a", fullname="t::a", n_rounds=2, iterations=1, stats={"median": day},
                times_ns=np.array([day, np.nan]),
            )
        ]  # fmt: skip
        recorder.ci_benchmarks(uid, rows)
    history = queries.ci_history(store, "t::a", limit=2)
    assert history.code.tolist() == [{"sha": "1"}, {"sha": "2"}]
    assert history.times_ns[1].tolist()[0] == 2
    one = queries.ci_benchmarks(store, uid).iloc[0]
    assert (one["name"], one.params, one.stats) == ("a", {}, {"median": 2})


def test_hardware_tells_how_often_it_was_used(recorder, store):
    for day, cpu in ((0, 1), (1, 2), (2, 1)):
        begin(recorder, day, hardware={"cpu": cpu}, hardware_label=f"cpu {cpu}")
    found = queries.hardware(store)
    assert found.label.tolist() == ["cpu 1", "cpu 2"]
    assert found.n_runs.tolist() == [2, 1]
    assert found.last_run_at[0] == FIRST + timedelta(days=2)
