from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_frames import campaign, evaluated, slice_row, slices_of

from bench_service.analysis.training.controls import aa_controls
from bench_service.analysis.training.differences import COLUMNS, differences_to_relu
from bench_service.analysis.training.scores import scores

LOSS = {"metric": "val_loss", "better": "lower", "chance": math.log(10)}


def compared(slices, seed=0, **given_):
    found = differences_to_relu(
        scores(slices), np.random.default_rng(seed), n_resamples=999, **given_
    )
    return found.set_index("entry")


def test_by_hand():
    """Seed by seed 2, 3, 4, 5, 6, 7 points better: median 4.5, exact p = 2 / 64, no tie lost."""
    relu = [0.80, 0.70, 0.60, 0.50, 0.40, 0.30]
    gelu = [score + gain / 100 for score, gain in zip(relu, (2, 3, 4, 5, 6, 7), strict=True)]
    row = compared(evaluated({"relu": relu, "gelu": gelu})).loc["gelu"]
    assert row["difference"] == pytest.approx(0.045)
    assert (row["score"], row["relu_score"]) == pytest.approx((0.595, 0.55))
    assert row["p_value"] == row["p_holm"] == pytest.approx(2 / 64)
    assert row["p_better"] == row["p_better_low"] == 1.0
    # 1 % of what ReLU gains over chance, 0.55 - 0.1.
    assert row["rope"] == pytest.approx(0.0045)
    assert 0.02 <= row["low"] < 0.045 < row["high"] <= 0.07
    assert (row["is_meaningful"], row["verdict"], row["reason"]) == (True, "better", "")


def test_a_smaller_loss_is_better():
    relu = [0.30 + 0.01 * seed for seed in range(8)]
    losses = {"relu": relu, "elu": [v - 0.1 for v in relu], "tanh": [v + 0.1 for v in relu]}
    found = compared(evaluated(losses, "test_loss", **LOSS))
    assert found.loc["elu", "difference"] == pytest.approx(-0.1)
    assert found.loc["elu", "p_better"] == 1.0
    assert list(found.loc[["elu", "tanh"], "verdict"]) == ["better", "worse"]
    assert found["is_meaningful"].all()


def test_the_smallest_loss_of_interest_is_one_percent_of_the_gain_in_logarithms():
    """At ReLU's loss 0.2 and chance ln 10 that is 0.2 * 0.01 * ln(ln(10) / 0.2)."""
    row = compared(evaluated({"relu": [0.2] * 3, "elu": [0.2] * 3}, "test_loss", **LOSS)).iloc[0]
    assert row["rope"] == pytest.approx(0.2 * 0.01 * math.log(math.log(10) / 0.2))


def test_holm_is_over_the_activations_of_a_view_and_not_over_views():
    relu = [0.5 + 0.01 * seed for seed in range(12)]
    one = {"relu": relu, "a": [v + 0.1 for v in relu], "b": [v + 0.2 for v in relu]}
    both = pd.concat([evaluated(one), evaluated(one, lr_role="default", lr=0.2)])
    found = compared(both)
    assert np.allclose(found["p_value"], 2**-11)
    assert np.allclose(found["p_holm"], 2 * 2**-11)


def test_pairs_are_by_seed_whatever_the_order_of_rows_and_only_of_seeds_that_both_have():
    rows = [slice_row("relu", seed, test_accuracy=0.1 * seed) for seed in range(8)]
    rows += [slice_row("gelu", seed, test_accuracy=0.1 * seed + 0.05) for seed in range(2, 10)]
    row = compared(slices_of(rows[::-1])).loc["gelu"]
    assert row["n_seeds"] == 6
    assert row["difference"] == pytest.approx(0.05)
    assert row["low"] == pytest.approx(0.05)


def test_a_diverged_seed_counts_as_chance_and_a_lost_one_not_at_all():
    rows = evaluated({"relu": [0.9] * 4, "gelu": [0.9, 0.9, 0.9, None]})
    row = compared(rows).loc["gelu"]
    assert row["p_better"] == pytest.approx((0.5 * 3 + 0) / 4)
    lost = rows.assign(status=rows["status"].replace("diverged", "error"))
    assert compared(lost).loc["gelu", "n_seeds"] == 3


def test_three_wins_of_four_are_meaningful_only_where_chance_is_excluded():
    """6 of 8 may be 4 of 8 by chance (P(X <= 4) = 0.11 at 3/4); 18 of 24 hardly 12."""
    few, many = (
        compared(evaluated({"relu": [0.5] * n, "gelu": [0.6] * (n - n // 4) + [0.4] * (n // 4)}))
        for n in (8, 24)
    )
    assert few["p_better"].item() == many["p_better"].item() == 0.75
    assert (few["is_meaningful"].item(), many["is_meaningful"].item()) == (False, True)


def test_one_seed_has_no_interval_and_no_verdict_and_says_so():
    row = compared(evaluated({"relu": [0.8], "gelu": [0.9]})).loc["gelu"]
    assert row["difference"] == pytest.approx(0.1)
    assert row[["low", "high", "p_value", "p_holm"]].isna().all()
    assert row["verdict"] == "inconclusive"
    assert row["reason"] == "one seed: no interval and no verdict"


def test_five_seeds_have_an_interval_and_no_verdict():
    row = compared(evaluated({"relu": [0.5] * 5, "gelu": [0.9, 0.8, 0.85, 0.88, 0.83]})).iloc[0]
    assert row["low"] > 0
    assert (row["verdict"], row["is_meaningful"]) == ("inconclusive", False)
    assert row["reason"] == "5 seeds: no verdict below 6"


def test_without_relu_and_without_a_common_seed_the_reason_is_given():
    row = compared(evaluated({"gelu": [0.9]})).iloc[0]
    assert row["reason"] == "ReLU has no score here: there is nothing to compare with"
    apart = slices_of([
        slice_row("relu", 0, test_accuracy=0.9), slice_row("gelu", 1, test_accuracy=0.9)
    ])  # fmt: skip
    row = compared(apart).iloc[0]
    assert row["reason"] == "no seed that both have"
    assert row["verdict"] == "inconclusive"


def test_an_activation_that_changes_the_width_shares_no_weights_and_is_not_paired():
    """What seeds share would be taken for what two kinds of network share."""
    relu = [0.2 + 0.05 * seed for seed in range(12)]
    better = [score + 0.02 for score in relu]
    found = compared(evaluated({"relu": relu, "gelu": better, "swiglu": better}))
    assert list(found["is_paired"]) == [True, False]
    assert np.allclose(found["difference"], 0.02)
    assert list(found["verdict"]) == ["better", "inconclusive"]
    assert found.loc["swiglu", "low"] < 0 < found.loc["swiglu", "high"]


def test_differences_below_what_equal_functions_show_are_marked_and_no_verdict():
    """elu and celu differ by up to 0.1 either way; gelu beats ReLU by 0.03 on each seed."""
    noise = [0.1, -0.1] * 6
    relu = [0.5 + 0.01 * seed for seed in range(12)]
    slices = evaluated({
        "relu": relu, "elu": relu, "celu": [v + e for v, e in zip(relu, noise, strict=True)],
        "gelu": [v + 0.03 for v in relu],
    })  # fmt: skip
    controls = aa_controls(scores(slices), np.random.default_rng(0), n_resamples=999)
    row = compared(slices, controls=controls).loc["gelu"]
    assert row["noise_floor"] == pytest.approx(0.1)
    assert (row["is_below_floor"], row["verdict"]) == (True, "inconclusive")
    without = compared(slices).loc["gelu"]
    assert (without["is_below_floor"], without["verdict"]) == (False, "better")
    assert math.isnan(without["noise_floor"])


def test_columns_are_the_same_with_and_without_rows():
    only_relu = evaluated({"relu": [0.9]})
    found = differences_to_relu(scores(only_relu), np.random.default_rng(0))
    assert list(found.columns) == list(COLUMNS)
    assert found.empty


def test_the_same_generator_gives_the_same_intervals_and_another_one_others():
    slices = campaign(np.random.default_rng(1), {"relu": 0.0, "gelu": 0.1}, n_workloads=1)
    here, again, other = (compared(slices, seed).iloc[0] for seed in (1, 1, 2))
    assert here["low"] == again["low"]
    assert (here["low"], here["high"], here["p_better_low"]) != (
        other["low"], other["high"], other["p_better_low"]
    )  # fmt: skip
    assert here["p_value"] == other["p_value"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=2, max_size=10), st.floats(0.1, 3))
def test_the_scale_of_the_metric_changes_no_word(points, factor):
    relu = [0.4 + 0.003 * seed for seed in range(len(points))]
    gelu = [score + point / 1000 for score, point in zip(relu, points, strict=True)]
    here = compared(evaluated({"relu": relu, "gelu": gelu}, chance=0.1)).iloc[0]
    scaled = {"relu": [v * factor for v in relu], "gelu": [v * factor for v in gelu]}
    there = compared(evaluated(scaled, chance=0.1 * factor)).iloc[0]
    assert here["p_value"] == pytest.approx(there["p_value"])
    assert here["difference"] * factor == pytest.approx(there["difference"])
