from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.analysis.training.omnibus import (
    COLUMNS,
    against_relu,
    friedman,
    iman_davenport,
)

RNG = np.random.default_rng


def test_friedman_by_hand():
    """Three workloads rank a, b, c as 1 2 3, 1 2 3 and 2 1 3: sums 4, 5, 9.

    12 / (3 * 3 * 4) * (16 + 25 + 81) - 3 * 3 * 4 = 4.667, and p = exp(-4.667 / 2) at 2 degrees.
    """
    medians = pd.DataFrame({"a": [1.0, 1, 2], "b": [2.0, 2, 1], "c": [3.0, 3, 3]})
    row = friedman(medians).iloc[0]
    assert row["chi2"] == pytest.approx(14 / 3)
    assert row["p_value"] == pytest.approx(math.exp(-7 / 3))
    # (3 - 1) * 14/3 / (3 * 2 - 14/3) = 7, with 2 and 4 degrees: p = (1 + 2 * 7 / 4)^-2.
    assert row["f"] == pytest.approx(7.0)
    assert row["f_p_value"] == pytest.approx((1 + 2 * 7 / 4) ** -2)


def test_iman_davenport_as_demsar_prints_it():
    """Demsar 2006, section 3.2.2: 14 data sets, 4 classifiers, chi2 = 9.28, F = 3.69."""
    f, p_value = iman_davenport(9.28, 14, 4)
    assert f == pytest.approx(3.69, abs=0.005)
    # The critical value of F(3, 39) at 5 % is 2.85, and at 1 % 4.33.
    assert 0.01 < p_value < 0.05


def test_where_all_workloads_rank_alike_f_has_no_limit():
    medians = pd.DataFrame({"a": [1.0, 1], "b": [2.0, 2], "c": [3.0, 3]})
    row = friedman(medians).iloc[0]
    assert (row["f"], row["f_p_value"]) == (math.inf, 0.0)


def test_an_entry_that_lacks_a_workload_is_left_out():
    medians = pd.DataFrame({"a": [1.0, 1], "b": [2.0, 3], "c": [3.0, 2], "d": [4.0, np.nan]})
    row = friedman(medians).iloc[0]
    assert (row["n_workloads"], row["n_entries"]) == (2, 3)
    assert row["reason"] == ""


@pytest.mark.parametrize(
    ("medians", "reason"),
    [
        (
            pd.DataFrame({"a": [1.0, 2], "b": [2.0, 1]}),
            "workloads: 2, activations trained on all of them: 2",
        ),
        (
            pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]}),
            "workloads: 1, activations trained on all of them: 3",
        ),
        (pd.DataFrame({key: [1.0, 2.0] for key in "abc"}), "all activations are equal everywhere"),
    ],
)
def test_too_little_to_test_is_said(medians, reason):
    row = friedman(medians).iloc[0]
    assert math.isnan(row["p_value"])
    assert reason in row["reason"]


def medians_of(*differences, n=8):
    """ReLU at 1 on n workloads, and entries that differ from it by that much, all alike."""
    jitter = np.linspace(0, 0.001, n)
    return pd.DataFrame({"relu": np.ones(n)} | {
        f"e{ix}": 1 + value + np.sign(value) * jitter for ix, value in enumerate(differences)
    })  # fmt: skip


def test_workloads_and_not_seeds_are_the_n_of_the_test():
    """8 workloads, all won: p = 2^-7, by Holm over two entries 2^-6."""
    found = against_relu(medians_of(0.05, -0.05), RNG(0))
    assert list(found.columns) == list(COLUMNS)
    assert np.allclose(found["p_value"], 2**-7)
    assert np.allclose(found["p_holm"], 2**-6)
    assert np.allclose(found["difference"], [0.0505, -0.0505])


def test_better_worse_and_practically_equal_are_told_apart():
    found = against_relu(medians_of(0.05, -0.05, 0.002), RNG(0))
    assert list(np.round(found[["p_better", "p_worse", "p_equivalent"]].max(axis=1), 2)) == [
        1,
        1,
        1,
    ]
    assert list(found["p_better"] > 0.99) == [True, False, False]
    assert list(found["p_worse"] > 0.99) == [False, True, False]
    assert list(found["p_equivalent"] > 0.99) == [False, False, True]


def test_each_entry_is_compared_where_relu_was_trained_too():
    medians = medians_of(0.05)
    medians.loc[:5, "e0"] = np.nan
    row = against_relu(medians, RNG(0)).iloc[0]
    assert row["n_workloads"] == 2
    medians.loc[6, "relu"] = np.nan
    row = against_relu(medians, RNG(0)).iloc[0]
    assert math.isnan(row["p_value"])
    assert row["reason"] == "workloads that both have: 1; at least 2 are needed"


def test_without_relu_there_is_nothing_to_compare():
    found = against_relu(medians_of(0.1).drop(columns="relu"), RNG(0))
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


@given(st.permutations(range(5)))
def test_the_order_of_workloads_and_entries_does_not_matter(order):
    medians = pd.DataFrame(RNG(4).normal(size=(5, 4)), columns=list("abcd"))
    turned = medians.iloc[list(order)].iloc[:, ::-1]
    assert friedman(turned)["chi2"].item() == pytest.approx(friedman(medians)["chi2"].item())
