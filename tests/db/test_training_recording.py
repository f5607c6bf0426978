"""Slices on both databases: whole or nothing, once, and with what they belong to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from handed_over import HEADER
from slice_tables import counts
from slices import DIGITS, STRESS, diverged, slice_case, trained

from bench_service.record import ActivationFacts
from db import queries
from db.tables import TrainingCase, TrainingOutcome


@pytest.fixture
def recorder(recorder):
    recorder.workloads([DIGITS, STRESS])
    return recorder


def test_a_slice_comes_back_with_its_workload(recorder, store, uid):
    outcome = trained(activation="leaky_relu", parameters=(("negative_slope", 0.25),))
    assert recorder.slices(uid, [outcome]) == 1
    (row,) = queries.training_slices(store, uid).to_dict("records")
    case = outcome.case
    names = ("workload", "workload_version", "activation", "backend", "init", "optimizer", "lr",
             "lr_role", "seed")  # fmt: skip
    assert {name: row[name] for name in names} == {name: getattr(case, name) for name in names}
    assert (row["case"], row["params"]) == (case.fingerprint, {"negative_slope": 0.25})
    names = ("status", "reason", "steps", "best_step", "val_loss", "val_accuracy", "test_loss",
             "test_accuracy", "steps_to_target", "grad_dead", "zero_dead", "off_pinned",
             "sparsity", "facts")  # fmt: skip
    assert {name: row[name] for name in names} == {name: getattr(outcome, name) for name in names}
    names = ("metric", "better", "chance", "target_metric", "target", "target_version", "n_steps")
    assert {name: row[name] for name in names} == {name: getattr(DIGITS, name) for name in names}
    assert recorder.recorded_slices(uid) == {case.fingerprint: "ok"}


def test_a_slice_that_diverged_keeps_its_curves_and_has_no_metrics(recorder, store, uid):
    recorder.slices(uid, [diverged(workload="lr_stress", workload_version=1, lr_role="sweep")])
    (row,) = queries.training_slices(store, uid).itertuples()
    assert (row.status, row.reason) == ("diverged", "the loss became infinite at step 30")
    assert all(math.isnan(value) for value in (row.val_loss, row.test_accuracy, row.grad_dead))
    curves = queries.training_curves(store, uid, workload="lr_stress")
    np.testing.assert_array_equal(curves["values"][0], [2.5, np.inf, np.nan])
    curves = queries.neuron_curves(store, uid, workload="lr_stress")
    np.testing.assert_array_equal(curves["values"][0], [0.0, np.nan])


def test_storing_twice_changes_nothing_and_a_stored_slice_stays_as_it_is(recorder, store, uid):
    first, other = trained(), trained(seed=1)
    assert recorder.slices(uid, [first]) == 1
    before = counts(store)
    assert recorder.slices(uid, [first, replace(first, status="error", reason="later")]) == 0
    assert counts(store) == before == [1, 2, 1, 1]
    assert recorder.slices(uid, [replace(first, val_loss=9.0), other]) == 1
    assert queries.training_slices(store, uid).val_loss.tolist() == [0.25, 0.25]
    assert recorder.slices(uid, []) == 0


def test_a_slice_given_twice_at_once_is_stored_once_as_it_was_first(recorder, store, uid):
    assert recorder.slices(uid, [trained(), trained(seed=1), diverged()]) == 2
    assert queries.training_slices(store, uid).status.tolist() == ["ok", "ok"]


def test_the_same_slice_in_two_runs_is_one_case_and_two_outcomes(recorder, store, uid):
    other = recorder.begin_run(HEADER)
    assert recorder.slices(uid, [trained()]) == recorder.slices(other, [trained()]) == 1
    assert counts(store, TrainingCase, TrainingOutcome) == [1, 2]


def test_many_slices_are_stored_in_their_order(recorder, store, uid):
    outcomes = [replace(trained(seed=seed), masks=()) for seed in range(2503)]
    assert recorder.slices(uid, outcomes) == 2503
    rows = queries.training_slices(store, uid)
    assert rows.seed.tolist() == list(range(2503))
    assert rows.case.tolist() == [outcome.case.fingerprint for outcome in outcomes]
    curves = queries.training_curves(store, uid, workload="digits_mlp", metric="loss")
    assert curves.seed.tolist() == list(range(2503))


def test_a_run_that_is_taken_up_again_knows_its_slices_and_takes_the_others(recorder, uid):
    recorder.slices(uid, [trained(), diverged(seed=1)])
    recorder.close_run(uid, "interrupted")
    recorder.reopen_run(uid)
    prints = [slice_case(seed=seed).fingerprint for seed in range(3)]
    assert recorder.recorded_slices(uid) == {prints[0]: "ok", prints[1]: "diverged"}
    assert recorder.slices(uid, [trained(seed=seed) for seed in range(3)]) == 1
    assert recorder.recorded_slices(uid)[prints[1]] == "diverged"


def test_a_slice_points_to_the_activation_that_was_described(recorder, store, uid):
    facts = ActivationFacts(
        name="relu", version=3, family="f", shape_class="s", formula="f", latex="l", source="s"
    )
    recorder.activations([facts])
    recorder.slices(uid, [trained(), trained(activation="mine")])
    versions = queries.training_slices(store, uid).activation_version
    assert versions.fillna(0).tolist() == [3, 0]
