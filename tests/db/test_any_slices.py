"""Any slices come back as they were handed over, bit by bit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from handed_over import HEADER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from slices import DIGITS, STRESS, curve_of, mask_of, neuron_curve_of, slice_case, trained

from db import queries


@pytest.fixture
def recorder(recorder):
    recorder.workloads([DIGITS, STRESS])
    return recorder


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
