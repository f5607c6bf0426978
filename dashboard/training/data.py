"""The door to what the store holds of training, asked within bounds, analysed once per run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.courses import NETWORK
from bench_service.analysis.training.entries import entry_name
from bench_service.analysis.training.step_times import step_times
from bench_service.analysis.training.summary import Summary, summarise
from dashboard import data, words
from dashboard.runs import Run
from db import queries

MASKS_MAX = 100_000
Task = Mapping[str, Any]
"""The value of every column that the slices of a comparison share."""
Some = tuple[str, ...]
State = tuple[str, str, int]
"""What changes with what is stored of a run: status, end and number of cases."""


def slices(run: Run) -> pd.DataFrame:
    """What became of every slice of a run, with the label that names each's activation."""
    return _slices(data.place(), run.uid, _state(run))


def workload(run: Run, task: Task) -> dict[str, Any]:
    """The task's workload as it was defined when the run trained it."""
    known = _workloads(data.place(), run.uid, _state(run))
    return known[str(task["workload"]), int(task["workload_version"])]


def summary(run: Run, task: Task) -> Summary:
    """All that is said of the slices that have these values, of all activations."""
    steps = None
    if run.n_timings:
        steps = step_times(data.timing(run))
    return _summary(data.place(), run.uid, _state(run), tuple(task.items()), _steps=steps)


def curves(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """Metrics over steps of these slices of one workload, those for tuning left out."""
    name = str(rows["workload"].iloc[0])
    return _of(rows, _curves(data.place(), run.uid, _state(run), name))


def networks(run: Run, rows: pd.DataFrame, metrics: tuple[str, ...]) -> pd.DataFrame:
    """Neuron metrics of whole networks over checkpoints, of these slices of one workload."""
    name = str(rows["workload"].iloc[0])
    return _of(rows, _neurons(data.place(), run.uid, _state(run), name, metrics, (NETWORK,), None))


def layers(run: Run, rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A neuron metric of every layer over checkpoints, of these slices of one activation."""
    name, activation = str(rows["workload"].iloc[0]), str(rows["activation"].iloc[0])
    asked = (name, (metric,), None, (activation,))
    return _of(rows, _neurons(data.place(), run.uid, _state(run), *asked))


def masks(run: Run, rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Which units met a definition, of these slices of one workload and role."""
    name, role = str(rows["workload"].iloc[0]), str(rows["lr_role"].iloc[0])
    return _of(rows, _masks(data.place(), run.uid, _state(run), name, role, metric))


def _state(run: Run) -> State:
    return run.status, str(run.finished_at), run.n_cases


def _of(slices: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are of these slices."""
    return frame.loc[frame["case"].isin(slices["case"])].reset_index(drop=True)


@st.cache_data(show_spinner="Reading the run", max_entries=32)
def _slices(where: str, uid: str, state: State) -> pd.DataFrame:
    del where, state
    found = queries.training_slices(data.store(), uid)
    named = zip(found["activation"], found["params"], strict=True)
    entries = pd.Series([entry_name(*each) for each in named], index=found.index, dtype=object)
    return found.assign(label=words.labels(found), entry=entries)


@st.cache_data(show_spinner=False, max_entries=32)
def _workloads(where: str, uid: str, state: State) -> dict[tuple[str, int], dict[str, Any]]:
    del where, state
    found = queries.workloads(data.store(), uid).to_dict("records")
    return {
        (str(row["name"]), int(row["version"])): {str(key): value for key, value in row.items()}
        for row in found
    }


@st.cache_data(show_spinner="Analysing the run", max_entries=32)
def _summary(
    where: str,
    uid: str,
    state: State,
    task: tuple[tuple[str, Any], ...],
    _steps: pd.DataFrame | None,
) -> Summary:
    found = _slices(where, uid, state)
    for name, value in task:
        found = found.loc[found[name] == value]
    # Intervals are the same every time that a run is shown.
    rng = np.random.default_rng(crc32(uid.encode()))
    return summarise(found, rng, step_times=_steps)


@st.cache_data(show_spinner="Reading curves", max_entries=16)
def _curves(where: str, uid: str, state: State, workload: str) -> pd.DataFrame:
    del where, state
    roles = ("eval", "default", "sweep")
    return queries.training_curves(data.store(), uid, workload=workload, lr_roles=roles)


@st.cache_data(show_spinner="Reading neurons", max_entries=32)
def _neurons(
    where: str,
    uid: str,
    state: State,
    workload: str,
    metrics: Some,
    layers: Some | None,
    activations: Some | None,
) -> pd.DataFrame:
    del where, state
    return queries.neuron_curves(
        data.store(),
        uid,
        workload=workload,
        metrics=metrics,
        layers=layers,
        activations=activations,
    )


@st.cache_data(show_spinner="Reading neurons", max_entries=16)
def _masks(
    where: str, uid: str, state: State, workload: str, role: str, metric: str
) -> pd.DataFrame:
    del where, state
    return queries.neuron_masks(
        data.store(), uid, workload=workload, lr_roles=(role,), metric=metric, limit=MASKS_MAX
    )
