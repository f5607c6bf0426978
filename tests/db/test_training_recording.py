"""Slices on both databases: whole or nothing, once, and as they were, bit by bit."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from slices import DIGITS, STRESS, curve_of, diverged, mask_of, neuron_curve_of, slice_case, trained
from sqlalchemy import func, select

from bench_service.record import ActivationFacts, Recorder, RunHeader
from bench_service.training.result import NeuronMask
from db import queries
from db.errors import RefusedValueError
from db.maintenance import prune
from db.tables import NeuronCurve, TrainingCase, TrainingCurve, TrainingOutcome
from db.tables import NeuronMask as StoredMask
from db.tables import Workload as StoredWorkload

HEADER = RunHeader(suite="quick", suite_document={}, hardware={}, software={})
TABLES = (TrainingOutcome, TrainingCurve, NeuronCurve, StoredMask)


@pytest.fixture
def recorder(store):
    made = Recorder(store)
    made.workloads([DIGITS, STRESS])
    return made


@pytest.fixture
def uid(recorder):
    return recorder.begin_run(HEADER)


def counts(store, *tables):
    with store.transaction(reads_only=True) as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) for table in tables or TABLES
        ]


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


def wrong_slices():
    good = trained()
    two, three = np.arange(2), np.arange(3.0)
    return {
        "NaN": (replace(good, val_loss=math.nan), "val_loss nan"),
        "infinite": (replace(good, grad_dead=math.inf), "grad_dead inf"),
        "rate": (trained(lr=math.nan), "lr nan"),
        "parameter": (trained(parameters=(("alpha", math.inf),)), "alpha inf"),
        "no reason": (replace(good, status="timeout"), "status timeout"),
        "uneven curve": (replace(good, curves=(replace(curve_of(three), steps=two),)), "2 steps"),
        "uneven neurons": (
            replace(good, neurons=(replace(neuron_curve_of(three), steps=two),)), "2 steps"
        ),
        "short mask": (replace(good, masks=(NeuronMask("a", "m", 9, two, b"123"),)), "3 bytes"),
        "no units": (replace(good, masks=(NeuronMask("a", "m", 0, two, b""),)), "0 units"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", wrong_slices())
def test_a_number_or_an_array_that_can_not_be_is_refused_by_name(recorder, store, uid, kind):
    wrong, told = wrong_slices()[kind]
    with pytest.raises(RefusedValueError) as caught:
        recorder.slices(uid, [trained(seed=7), wrong])
    assert told in str(caught.value)
    assert "relu on digits_mlp" in str(caught.value)
    assert counts(store) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "wrong",
    [
        trained(status="lost", reason="?"),
        trained(lr_role="guess"),
        trained(facts={"train_ns": math.nan}),
        trained(curves=(curve_of([1.0]), curve_of([2.0]))),
        trained(masks=(mask_of([[True]]), mask_of([[True]]))),
        trained(workload="spirals"),
        trained(workload_version=3),
    ],
    ids=["status", "role", "facts", "curve twice", "mask twice", "workload", "version"],
)
def test_slices_are_stored_together_or_not_at_all(recorder, store, uid, wrong):
    with pytest.raises(RefusedValueError):
        recorder.slices(uid, [trained(seed=7), wrong])
    assert counts(store, *TABLES, TrainingCase) == [0, 0, 0, 0, 0]
    assert recorder.slices(uid, [trained(seed=7)]) == 1


def test_an_unknown_workload_is_named_with_what_to_do(recorder, uid):
    with pytest.raises(RefusedValueError) as caught:
        recorder.slices(uid, [trained(workload="spirals")])
    assert "'spirals', version 2" in str(caught.value)
    assert "Recorder.workloads" in str(caught.value)


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


def test_a_workload_stored_twice_is_one_with_the_newest_texts(recorder, store, uid):
    recorder.workloads([])
    recorder.workloads([replace(DIGITS, description="Handwritten digits")])
    recorder.slices(uid, [trained()])
    assert counts(store, StoredWorkload) == [2]
    (row,) = queries.workloads(store, uid).to_dict("records")
    assert row == {**vars(DIGITS), "description": "Handwritten digits"}


@pytest.mark.parametrize(
    "change",
    [{"n_steps": 500}, {"metric": "val_loss"}, {"better": "lower"}, {"chance": 0.2},
     {"chance": None}, {"target": 0.96}, {"batch_size": 1}],
    ids=str,
)  # fmt: skip
def test_another_definition_of_a_known_version_is_refused(recorder, store, uid, change):
    recorder.slices(uid, [trained()])
    before = queries.workloads(store, uid)
    with pytest.raises(RefusedValueError, match="raise its version") as caught:
        recorder.workloads([replace(STRESS, name="new"), replace(DIGITS, **change)])
    assert next(iter(change)) in caught.value.got
    assert queries.workloads(store, uid).equals(before)
    assert counts(store, StoredWorkload) == [2]


def test_a_rounding_error_is_no_other_definition(recorder):
    recorder.workloads([replace(DIGITS, chance=0.1 + 1e-17 * 3)])
    recorder.workloads([replace(DIGITS, chance=0.1 * (1 + 1e-12))])
    with pytest.raises(RefusedValueError):
        recorder.workloads([replace(DIGITS, chance=0.1 * (1 + 1e-6))])


@pytest.mark.parametrize(
    "change",
    [{"target": None}, {"target_metric": None}, {"target_version": None}, {"chance": math.nan}],
)
def test_a_workload_that_can_not_be_is_refused_by_name(recorder, change):
    with pytest.raises(RefusedValueError, match="'other'"):
        recorder.workloads([replace(DIGITS, name="other", **change)])


def test_slices_belong_to_the_target_that_was_described_last(recorder, store, uid):
    newer = replace(DIGITS, target=0.97, target_version=2)
    recorder.slices(uid, [trained()])
    recorder.workloads([newer])
    recorder.slices(uid, [trained(seed=1)])
    assert queries.training_slices(store, uid).target.tolist() == [0.95, 0.97]
    assert queries.workloads(store, uid).target_version.tolist() == [1, 2]

    other = Recorder(store)  # which described nothing: the newest target it is
    other.slices(uid, [trained(seed=2)])
    assert queries.training_slices(store, uid).target.tolist()[-1] == 0.97
    recorder.workloads([DIGITS])
    recorder.slices(uid, [trained(seed=3)])
    assert queries.training_slices(store, uid).target.tolist()[-1] == 0.95


def test_pruning_a_run_takes_its_slices_with_all_that_hangs_off_them(recorder, store):
    years_ago = replace(HEADER, started_at=datetime(2025, 1, 2, tzinfo=UTC))
    old, young = recorder.begin_run(years_ago), recorder.begin_run(HEADER)
    for uid in (old, young):
        recorder.slices(uid, [trained(), diverged(seed=1)])
    assert counts(store) == [4, 6, 4, 2]
    assert [run.uid for run in prune(store, 30).runs] == [old]
    assert counts(store) == [2, 3, 2, 1]
    assert len(queries.training_slices(store, young)) == 2


handed_over = st.lists(
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from(["ok", "diverged", "timeout", "error"])),
        max_size=6,
    ),
    max_size=6,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(handed_over)
def test_any_sequence_of_slices_is_stored_as_a_dictionary_would(recorder, store, hand_overs):
    uid = recorder.begin_run(HEADER)
    model = {}
    for slices in hand_overs:
        before = len(model)
        for seed, status in slices:
            model.setdefault(seed, status)
        outcomes = [trained(seed=seed, status=status, reason="why") for seed, status in slices]
        assert recorder.slices(uid, outcomes) == len(model) - before
    stored = queries.training_slices(store, uid)
    assert dict(zip(stored.seed, stored.status, strict=True)) == model
    prints = {slice_case(seed=seed).fingerprint: status for seed, status in model.items()}
    assert recorder.recorded_slices(uid) == prints
    assert len(queries.neuron_masks(store, uid, workload="digits_mlp")) == len(model)


METRICS = ("val_loss", "val_accuracy", "test_loss", "test_accuracy", "grad_dead", "zero_dead",
           "off_pinned", "sparsity")  # fmt: skip
finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(finite, min_size=8, max_size=8), finite, st.integers(-(2**63), 2**63 - 1))
def test_metrics_and_rates_come_back_to_the_last_digit(recorder, store, numbers, lr, seed):
    uid = recorder.begin_run(HEADER)
    recorder.slices(uid, [trained(lr=lr, seed=seed, **dict(zip(METRICS, numbers, strict=True)))])
    row = queries.training_slices(store, uid).iloc[0]
    assert [row[name] for name in METRICS] == numbers  # but for the sign of 0, which SQLite drops
    assert (row.lr, row.seed) == (lr, seed)


lengths = st.integers(0, 70)
floats = st.floats() | st.sampled_from([-0.0, 5e-324, math.nan, math.inf])


@st.composite
def series(draw, dtype, elements):
    n = draw(lengths)
    steps = draw(arrays.arrays(np.int64, n, elements=st.integers(0, 2**62)))
    return steps, draw(arrays.arrays(dtype, n, elements=elements))


@st.composite
def masks(draw):
    shape = (draw(st.integers(0, 5)), draw(st.integers(1, 40)))
    return draw(arrays.arrays(np.bool_, shape))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(series(np.float64, floats), series(np.float64, floats), masks())
def test_curves_and_masks_come_back_bit_by_bit(recorder, store, curve, neurons, mask):
    uid = recorder.begin_run(HEADER)
    stored = trained(
        curves=(replace(curve_of([]), steps=curve[0], values=curve[1]),),
        neurons=(replace(neuron_curve_of([]), steps=neurons[0], values=neurons[1]),),
        masks=(mask_of(mask),),
    )
    recorder.slices(uid, [stored])
    for question, (steps, values) in (
        (queries.training_curves, curve),
        (queries.neuron_curves, neurons),
    ):
        row = question(store, uid, workload="digits_mlp").iloc[0]
        assert row.steps.dtype == np.int64
        assert row.steps.tobytes() == steps.tobytes()
        assert row["values"].dtype == np.float64
        assert row["values"].tobytes() == values.tobytes()
    row = queries.neuron_masks(store, uid, workload="digits_mlp").iloc[0]
    assert row["mask"].dtype == np.bool_
    assert row["mask"].shape == mask.shape
    np.testing.assert_array_equal(row["mask"], mask)
