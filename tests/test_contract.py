"""The JSON document that others build on: exactly the fields of the design, and valid JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from frames import beside, frames_of
from hypothesis import given
from hypothesis import strategies as st
from slices import DIGITS, diverged, trained

from bench_service.analysis.timing import summarise
from bench_service.contract import plain, run_document
from bench_service.record import Recorder, RunHeader
from db import queries
from db.session import open_store

RUN = {
    "id", "label", "suite", "status", "started_at", "finished_at", "n_cases", "n_ok", "n_failed",
    "environment",
}  # fmt: skip
TIMING = {
    "activation", "params", "backend", "pass", "dtype", "numel", "layout", "threads", "input",
    "status", "reason", "time_ns", "time_low_ns", "time_high_ns", "ratio", "ratio_low",
    "ratio_high", "n_processes", "n_rounds", "verdict", "quality", "quality_reason", "bytes_per_s",
    "fraction_of_copy", "saved_bytes_per_element", "faults_per_call", "aa_ratio", "aa_low",
    "aa_high",
}  # fmt: skip
TRAINING = {
    "workload", "workload_version", "activation", "params", "backend", "init", "optimizer", "lr",
    "lr_role", "seed", "status", "reason", "steps", "step_time_ns", "val_loss", "val_accuracy",
    "test_loss", "test_accuracy", "steps_to_target", "grad_dead", "zero_dead", "off_pinned",
    "sparsity",
}  # fmt: skip
HEADER = {
    "uid": "01ABC", "label": None, "suite": "quick", "status": "done",
    "started_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "finished_at": pd.NaT,
    "n_cases": np.int64(2), "n_ok": 1, "n_failed": 1, "seed": 5, "state": {"pid": 1},
}  # fmt: skip


def document(**more):
    call_ns = {**beside(), "gelu": np.full(8, 1500.0), "silu": np.full(8, 1200.0)}
    outcomes, blocks, processes = frames_of(call_ns, **more)
    outcomes.loc[outcomes.label == "silu", ["status", "reason"]] = ["failed", "boom"]
    table = summarise(outcomes, blocks, processes)
    return run_document(HEADER, {"hardware": {"cores": 2}}, table)


def test_the_fields_are_exactly_those_of_the_design():
    made = document()
    assert made.keys() == {"run", "timing", "training", "timing_conditions"}
    assert made["run"].keys() == RUN
    assert [row.keys() for row in made["timing"]] == [TIMING, TIMING]
    assert made["training"] == []


def test_the_document_is_strict_json_and_comes_back_as_it_was():
    made = document()
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made["run"]["started_at"] == "2026-01-02T03:04:05+00:00"
    assert made["run"]["finished_at"] is None
    assert (made["run"]["id"], made["run"]["n_cases"]) == ("01ABC", 2)
    assert made["run"]["environment"] == {"hardware": {"cores": 2}}


def test_what_was_not_measured_is_null_and_nothing_else():
    gelu, silu = sorted(document()["timing"], key=lambda row: row["activation"])
    assert gelu["ratio"] == pytest.approx(1.5)
    assert gelu["pass"] == "forward"
    assert isinstance(gelu["numel"], int)
    assert gelu["saved_bytes_per_element"] is None
    assert (silu["status"], silu["reason"]) == ("failed", "boom")
    unmeasured = {"ratio", "ratio_low", "time_ns", "verdict", "quality", "bytes_per_s", "aa_ratio"}
    assert all(silu[name] is None for name in unmeasured)
    assert (silu["n_processes"], silu["quality_reason"]) == (0, "")


def test_one_process_has_a_ratio_without_an_interval():
    table = summarise(*frames_of({**beside(1), "gelu": np.array([1500.0])}))
    (row,) = run_document(HEADER, {}, table)["timing"]
    assert row["ratio"] == pytest.approx(1.5)
    assert row["ratio_low"] is row["ratio_high"] is row["verdict"] is None


@pytest.mark.parametrize(
    ("condition", "n_main"), [("default", 2), ("kernel", 2), ("arena", 0), ("hot", 0), ("wall", 0)]
)
def test_a_case_stands_once_in_the_main_list_and_its_other_views_beside_it(condition, n_main):
    made = document(condition=condition)
    assert len(made["timing"]) == n_main
    assert [row["condition"] for row in made["timing_conditions"]] == [condition] * (2 - n_main)
    assert all(row.keys() == TIMING | {"condition"} for row in made["timing_conditions"])


def test_an_empty_run_is_a_document_too():
    made = run_document(HEADER, {}, pd.DataFrame())
    assert made["timing"] == made["timing_conditions"] == []


@pytest.fixture
def training(tmp_path):
    """Slices as the store answers them: one that went well, one that diverged."""
    with open_store(tmp_path / "store.db") as store:
        recorder = Recorder(store)
        recorder.workloads([DIGITS])
        uid = recorder.begin_run(
            RunHeader(suite="quick", suite_document={}, hardware={}, software={})
        )
        parameters = (("negative_slope", 0.25),)
        well = trained(activation="leaky_relu", parameters=parameters)
        recorder.slices(uid, [well, diverged(seed=1)])
        return queries.training_slices(store, uid)


def test_a_slice_has_exactly_the_fields_of_the_design(training):
    made = run_document(HEADER, {}, pd.DataFrame(), training)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    well, lost = made["training"]
    assert well.keys() == lost.keys() == TRAINING
    assert well == {
        "workload": "digits_mlp", "workload_version": 2, "activation": "leaky_relu",
        "params": {"negative_slope": 0.25}, "backend": "cpu-eager", "init": "gain",
        "optimizer": "adam", "lr": 0.01, "lr_role": "eval", "seed": 0, "status": "ok", "reason": "",
        "steps": 400, "step_time_ns": None, "val_loss": 0.25, "val_accuracy": 0.96,
        "test_loss": 0.3, "test_accuracy": 0.95, "steps_to_target": 120, "grad_dead": 0.125,
        "zero_dead": 0.1, "off_pinned": 0.05, "sparsity": 0.5,
    }  # fmt: skip


def test_what_a_slice_that_diverged_has_not_is_null(training):
    lost = run_document(HEADER, {}, pd.DataFrame(), training)["training"][1]
    assert (lost["status"], lost["steps"]) == ("diverged", 30)
    assert lost["reason"] == "the loss became infinite at step 30"
    absent = {"val_loss", "val_accuracy", "test_loss", "test_accuracy", "steps_to_target",
              "step_time_ns", "grad_dead", "zero_dead", "off_pinned", "sparsity"}  # fmt: skip
    assert {name for name, value in lost.items() if value is None} == absent


def test_a_slice_that_can_not_be_trained_here_is_an_error_to_others(training):
    skipped = training.iloc[:1].assign(status="skipped", reason="needs gymnasium")
    (row,) = run_document(HEADER, {}, pd.DataFrame(), skipped)["training"]
    assert (row["status"], row["reason"]) == ("error", "needs gymnasium")


def test_the_time_of_a_step_stands_beside_the_slices_it_was_measured_for(training):
    measured = {training.case[1]: 1234.5}
    made = run_document(HEADER, {}, pd.DataFrame(), training, measured)["training"]
    assert [row["step_time_ns"] for row in made] == [None, 1234.5]


def test_a_run_without_slices_has_an_empty_list_of_them(training):
    assert run_document(HEADER, {}, pd.DataFrame(), training.iloc[:0])["training"] == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.floats().map(np.float64) | st.integers(-9, 9).map(np.int32) | st.booleans().map(np.bool_)
    | st.datetimes() | st.just(pd.NaT) | st.just(pd.NA)
    | st.lists(st.floats()).map(np.array),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)  # fmt: skip


@given(anything)
def test_whatever_a_frame_or_a_fact_holds_becomes_strict_json(value):
    json.dumps(plain(value), allow_nan=False)


def test_numbers_and_booleans_stay_what_they_are():
    given_ = {"a": True, "b": np.bool_(False), 3: np.int64(4), "c": (1.5, math.inf)}
    assert plain(given_) == {"a": True, "b": False, "3": 4, "c": [1.5, None]}
