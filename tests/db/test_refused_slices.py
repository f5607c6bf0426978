"""Slices that can't be stored: refused by name, and nothing of what came with them is kept."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from slice_tables import OF_SLICES, counts
from slices import DIGITS, STRESS, curve_of, mask_of, neuron_curve_of, trained

from bench_service.training.result import NeuronMask
from db.errors import RefusedValueError
from db.tables import TrainingCase


@pytest.fixture
def recorder(recorder):
    recorder.workloads([DIGITS, STRESS])
    return recorder


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
    assert counts(store, *OF_SLICES, TrainingCase) == [0, 0, 0, 0, 0]
    assert recorder.slices(uid, [trained(seed=7)]) == 1


def test_an_unknown_workload_is_named_with_what_to_do(recorder, uid):
    with pytest.raises(RefusedValueError) as caught:
        recorder.slices(uid, [trained(workload="spirals")])
    assert "'spirals', version 2" in str(caught.value)
    assert "Recorder.workloads" in str(caught.value)
