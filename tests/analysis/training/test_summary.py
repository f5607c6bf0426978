from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from training_frames import evaluated, reaching, slice_row, slices_of, tuned

from bench_service.analysis.training.summary import summarise


def sizes(slices):
    found = summarise(slices, np.random.default_rng(0))
    return {field.name: len(getattr(found, field.name)) for field in dataclasses.fields(found)}


def test_a_tuned_task_is_summarised_whole():
    rng = np.random.default_rng(3)
    evals = evaluated({name: rng.normal(0.9, 0.01, 12).tolist() for name in ("relu", "gelu")})
    rates = [row for name in ("relu", "gelu")
             for row in tuned({0.1: (0.9, 0.8, 0.9), 0.01: (0.7, 0.7, 0.7)}, name)]  # fmt: skip
    found = sizes(pd.concat([evals, slices_of(rates)]))
    assert found == {
        "scores": 24, "differences": 1, "ranks": 2, "choices": 2, "controls": 0,
        "curves_to_target": 0, "to_target": 0, "mean_steps": 0, "by_rate": 4, "robustness": 2,
        "divergence": 6,
    }  # fmt: skip


def test_a_task_with_a_target_has_times():
    found = sizes(reaching({"relu": [100, 200], "gelu": [150, None]}))
    assert (found["to_target"], found["mean_steps"]) == (2, 2)
    assert found["curves_to_target"] > 2


@pytest.mark.parametrize(
    "rows",
    [
        [],
        tuned({0.1: (0.9, None)}),
        [slice_row("crelu", 0, status="skipped", reason="its width changes")],
        [slice_row("relu", 0, status="error", reason="it broke", lr_role="sweep")],
        [slice_row("relu", 0, status="diverged", lr_role="sweep", chance=np.nan)],
    ],
    ids=["nothing", "tuning alone", "skipped", "failed", "diverged, and chance unknown"],
)
def test_what_is_missing_makes_frames_without_rows_and_no_error(rows):
    columns = slices_of([slice_row("relu", 0)])
    slices = slices_of(rows) if rows else columns.iloc[:0]
    found = sizes(slices)
    assert found["differences"] == found["to_target"] == 0


def test_skipped_slices_dont_count_as_missing_cells():
    rng = np.random.default_rng(3)
    evals = evaluated({name: rng.normal(0.9, 0.01, 12).tolist() for name in ("relu", "gelu")})
    skipped = [
        slice_row("crelu", s, status="skipped", reason="its width changes") for s in range(12)
    ]
    summary = summarise(pd.concat([evals, slices_of(skipped)]), np.random.default_rng(0))
    assert sorted(summary.ranks["entry"]) == ["gelu", "relu"]
    assert not summary.ranks["reason"].str.contains("cells").any()
