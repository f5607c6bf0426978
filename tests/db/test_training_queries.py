"""Answers about training: of the run and the slices asked for, with the same columns always."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from slices import DIGITS, STRESS, curve_of, diverged, mask_of, neuron_curve_of, trained

from bench_service.record import Recorder, RunHeader
from db import queries
from db.errors import TooManyRowsError
from db.queries import frame, neurons, training

HEADER = RunHeader(suite="quick", suite_document={}, hardware={}, software={})
OF_A_WORKLOAD = {
    "training_curves": training.CURVES,
    "neuron_curves": neurons.CURVES,
    "neuron_masks": neurons.MASKS,
}
STRESSED = {"workload": "lr_stress", "workload_version": 1, "lr_role": "sweep"}


@pytest.fixture
def recorder(store):
    made = Recorder(store)
    made.workloads([DIGITS, STRESS])
    return made


@pytest.fixture
def uid(recorder):
    """A run with slices of two workloads, and another run beside it."""
    made, other = (recorder.begin_run(HEADER) for _ in range(2))
    recorder.slices(
        made,
        [
            trained(),
            trained(activation="gelu", lr_role="tune", seed=1000),
            diverged(activation="selu", lr=1.0),
            diverged(**STRESSED),
        ],
    )
    recorder.slices(other, [trained(seed=9), trained(**STRESSED)])
    return made


def asked(store, uid, name, **options):
    return getattr(queries, name)(store, uid, **{"workload": "digits_mlp", **options})


def dtype(kind):
    return pd.Series([""]).dtype if kind == "text" else frame._DTYPES[kind]


@pytest.mark.parametrize(
    ("name", "columns"),
    [*OF_A_WORKLOAD.items(), ("training_slices", training.SLICES)],
)
def test_an_answer_has_the_types_it_promises(store, uid, name, columns):
    answer = asked(store, uid, name)
    assert len(answer) > 0
    assert {c: answer[c].dtype for c in answer} == {c: dtype(kind) for c, kind in columns.items()}


def test_slices_are_those_of_the_run_and_of_the_workload_asked_for(store, uid):
    assert queries.training_slices(store, uid).activation.tolist() == [
        "relu", "gelu", "selu", "relu",
    ]  # fmt: skip
    assert asked(store, uid, "training_slices").status.tolist() == ["ok", "ok", "diverged"]
    assert asked(store, uid, "training_slices", workload="lr_stress").lr_role.tolist() == ["sweep"]
    assert len(asked(store, uid, "training_slices", workload="none")) == 0


def test_what_does_not_apply_is_missing(store, uid):
    stressed = queries.training_slices(store, uid).iloc[-1]
    assert stressed.steps_to_target is stressed.best_step is stressed.target_version is pd.NA
    assert stressed.activation_version is pd.NA
    assert pd.isna(stressed.target_metric)
    assert np.isnan([stressed.chance, stressed.target, stressed.val_loss]).all()
    assert (stressed.n_steps, stressed.steps, stressed.better) == (100, 30, "lower")


def test_workloads_are_those_that_the_run_has_slices_of(recorder, store, uid):
    recorder.workloads([replace_name("spirals")])
    found = queries.workloads(store, uid)
    assert found["name"].tolist() == ["digits_mlp", "lr_stress"]
    assert found.target_version.isna().tolist() == [False, True]
    only = recorder.begin_run(HEADER)
    recorder.slices(only, [trained(**STRESSED)])
    assert queries.workloads(store, only)["name"].tolist() == ["lr_stress"]


def replace_name(name):
    return type(DIGITS)(**{**vars(DIGITS), "name": name})


@pytest.mark.parametrize("name", OF_A_WORKLOAD)
def test_curves_and_masks_are_those_of_the_slices_asked_for(store, uid, name):
    every = asked(store, uid, name)
    assert set(every.activation) == {"relu", "gelu", "selu"} - (
        {"selu"} if name == "neuron_masks" else set()
    )
    assert set(every.case) <= set(asked(store, uid, "training_slices").case)
    assert len(asked(store, uid, name, metric="none") if name != "neuron_curves" else ()) == 0
    assert set(asked(store, uid, name, lr_roles=["tune"]).activation) == {"gelu"}
    if name == "neuron_masks":
        return
    assert set(asked(store, uid, name, activations=["gelu", "selu"]).activation) == {"gelu", "selu"}
    assert len(asked(store, uid, name, activations=[])) == 0
    both = asked(store, uid, name, activations=["selu"], lr_roles=["eval"])
    assert both.status.unique().tolist() == ["diverged"]


def test_one_metric_or_layer_can_be_asked_for(recorder, store):
    uid = recorder.begin_run(HEADER)
    outcome = trained(
        curves=(curve_of([1.0]), curve_of([2.0], split="train"), curve_of([3.0], metric="error")),
        neurons=(
            neuron_curve_of([1.0]),
            neuron_curve_of([2.0], metric="zero_dead"),
            neuron_curve_of([3.0], layer="act2"),
            neuron_curve_of([4.0], n_probe=64),
        ),
        masks=(mask_of([[True, False]]), mask_of([[False, True]], metric="zero_dead")),
    )
    recorder.slices(uid, [outcome])

    def values(name, **options):
        return [array.tolist() for array in asked(store, uid, name, **options)["values"]]

    assert values("training_curves", metric="loss") == [[1.0], [2.0]]
    assert values("training_curves", metric="error") == [[3.0]]
    assert values("neuron_curves", metrics=["zero_dead"]) == [[2.0]]
    assert values("neuron_curves", layers=["act2"]) == [[3.0]]
    assert values("neuron_curves", metrics=["grad_dead"], layers=["act1"]) == [[1.0], [4.0]]
    (row,) = asked(store, uid, "neuron_masks", metric="zero_dead").itertuples()
    assert row.mask.tolist() == [[False, True]]


def test_a_mask_is_a_row_a_checkpoint_and_a_column_a_unit(recorder, store):
    uid = recorder.begin_run(HEADER)
    # by hand: 10 units take two bytes a checkpoint, the first unit the highest bit of the first
    packed = mask_of([[False] * 10, [False] * 10])
    packed = type(packed)("act1", "grad_dead", 10, packed.steps, bytes([0x80, 0x40, 0x01, 0x00]))
    recorder.slices(uid, [trained(masks=(packed,))])
    (row,) = asked(store, uid, "neuron_masks").itertuples()
    assert row.mask.shape == (2, 10)
    assert np.argwhere(row.mask).tolist() == [[0, 0], [0, 9], [1, 7]]


def test_arrays_can_not_be_written_to(store, uid):
    found = [asked(store, uid, name).iloc[0] for name in OF_A_WORKLOAD]
    arrays = [row[name] for row in found for name in ("steps", "values", "mask") if name in row]
    assert len(arrays) == 6
    assert not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize("name", [*OF_A_WORKLOAD, "training_slices", "workloads"])
def test_too_long_an_answer_about_training_is_an_error(store, uid, name):
    options = {} if name == "workloads" else {"workload": "digits_mlp"}
    question = getattr(queries, name)
    n_rows = len(question(store, uid, **options))
    assert len(question(store, uid, limit=n_rows, **options)) == n_rows
    with pytest.raises(TooManyRowsError):
        question(store, uid, limit=n_rows - 1, **options)
