"""Workloads: one row a version, whose definition and target hold for the slices that name it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from slice_tables import counts
from slices import DIGITS, STRESS, trained

from bench_service.record import Recorder
from db import queries
from db.errors import RefusedValueError
from db.tables import Workload


@pytest.fixture
def recorder(recorder):
    recorder.workloads([DIGITS, STRESS])
    return recorder


def test_a_workload_stored_twice_is_one_with_the_newest_texts(recorder, store, uid):
    recorder.workloads([])
    recorder.workloads([replace(DIGITS, description="Handwritten digits")])
    recorder.slices(uid, [trained()])
    assert counts(store, Workload) == [2]
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
    assert counts(store, Workload) == [2]


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
