from __future__ import annotations

import math

import numpy as np
import pytest
from training_frames import slice_row, slices_of

from bench_service.analysis.training.trend import COLUMNS, trend_with_lr


def trend(dead_by_seed, lrs=(0.1, 0.3, 1.0), role="sweep"):
    rows = [
        slice_row("relu", seed, lr=lr, lr_role=role, grad_dead=np.nan if dead is None else dead)
        for seed, of_seed in enumerate(dead_by_seed)
        for lr, dead in zip(lrs, of_seed, strict=True)
    ]
    found = trend_with_lr(slices_of(rows))
    assert list(found.columns) == list(COLUMNS)
    return found.iloc[0]


def test_a_measure_that_rises_on_every_seed_by_hand():
    """Page's L = 1 * 1 + 2 * 2 + 3 * 3 a seed; all three in order has probability 1 / 6^3."""
    row = trend([(0.0, 0.2, 0.9), (0.1, 0.3, 1.0), (0.0, 0.5, 0.6)])
    assert row["statistic"] == 3 * 14
    assert row["p_value"] == pytest.approx(1 / 6**3)
    assert (row["n_rates"], row["n_seeds"], row["reason"]) == (3, 3, "")


def test_one_that_falls_does_not_rise():
    assert trend([(0.9, 0.2, 0.0), (1.0, 0.3, 0.1)])["p_value"] == pytest.approx(1.0)


def test_rates_at_which_a_seed_diverged_are_left_out_for_all():
    """A rate of a network that isn't one is no 0."""
    lrs = (0.1, 0.3, 1.0, 3.0)
    row = trend([(0.0, 0.2, 0.9, 0.0), (0.1, 0.3, 1.0, None)], lrs)
    assert row["n_rates"] == 3
    assert row["p_value"] == pytest.approx(1 / 36)


def test_too_few_rates_or_seeds_are_said():
    row = trend([(0.0, 0.2, None), (0.1, 0.3, 1.0)])
    assert math.isnan(row["p_value"])
    assert row["reason"].startswith("2 rates at which all of 2 seeds have a value")
    assert trend([(0.0, 0.2, 0.3)])["reason"]
