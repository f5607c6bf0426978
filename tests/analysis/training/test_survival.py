from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.analysis.training.survival import (
    Times,
    kaplan_meier,
    log_rank_p,
    median_steps,
    restricted_mean,
)


def times(*texts):
    """Times from text: ``"6"`` was reached at 6, ``"6+"`` last seen without it at 6."""
    steps = " ".join(texts).split()
    return Times(
        np.array([float(step.rstrip("+")) for step in steps]),
        np.array([not step.endswith("+") for step in steps]),
    )


SIX_MP = times(
    "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
)  # fmt: skip
PLACEBO = times("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23")


def test_the_curve_of_the_textbooks():
    """Weeks in remission under 6-MP, Freireich et al. 1963, Blood 21:699, as printed since."""
    curve = kaplan_meier(SIX_MP).set_index("steps")
    printed = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    for week, share in printed.items():
        assert curve.loc[week, "not_reached"] == pytest.approx(share, abs=0.0005)
    assert curve.loc[0, ["not_reached", "low", "high"]].tolist() == [1, 1, 1]
    # Log-log interval at 10 weeks: Greenwood's sum of d / (n (n - d)) is
    # 3/(21*18) + 1/(17*16) + 1/(15*14) = 0.01637.
    reach = 1.96 * math.sqrt(3 / (21 * 18) + 1 / (17 * 16) + 1 / (15 * 14)) / abs(math.log(0.7529))
    assert curve.loc[10, "low"] == pytest.approx(0.7529 ** math.exp(reach), abs=0.001)
    assert curve.loc[10, "high"] == pytest.approx(0.7529 ** math.exp(-reach), abs=0.001)


def test_medians_are_read_from_the_curve():
    assert median_steps(SIX_MP) == 23
    assert median_steps(PLACEBO) == 8
    assert median_steps(times("1", "2", "3+", "4")) == 2
    assert math.isnan(median_steps(times("1", "9+", "9+")))


def test_the_log_rank_test_of_the_textbooks():
    """Chi2 = 16.79 at one degree, printed for the same trial."""
    from scipy import stats

    expected = stats.chi2.sf(16.79, 1)
    assert log_rank_p(SIX_MP, PLACEBO, is_paired=False) == pytest.approx(expected, rel=0.01)


def test_by_pairs_it_counts_who_comes_first():
    """In 5 pairs own comes first each time: (5 * 1/2)^2 / (5 * 1/4) = 5; ties tell nothing."""
    from scipy import stats

    own, relu = times("1", "2", "3", "4", "5", "7"), times("2", "3", "9", "9+", "6", "7")
    expected = stats.chi2.sf(5, 1)
    assert log_rank_p(own, relu, is_paired=True) == pytest.approx(expected)


@pytest.mark.parametrize("is_paired", [True, False])
def test_where_nothing_was_reached_nothing_differs(is_paired):
    assert log_rank_p(times("9+", "9+"), times("9+", "9+"), is_paired=is_paired) == 1.0


def test_where_all_are_reached_together_nothing_differs():
    assert log_rank_p(times("3", "4"), times("3", "4"), is_paired=True) == 1.0


@pytest.mark.parametrize(
    ("given_", "area"),
    [
        # 1 up to 2, 3/4 up to 4, 1/2 up to 10.
        (("2", "4", "10+", "10+"), 2 + 2 * 0.75 + 6 * 0.5),
        # One was lost at 3: from 5 on 3/4 * 1/2.
        (("2", "3+", "5", "10+"), 2 + 3 * 0.75 + 5 * 0.375),
        (("10+", "10+"), 10.0),
        (("0", "0"), 0.0),
        (("4", "4", "4+", "10+"), 4 + 6 * 0.5),  # at one time, those who reach it come first
        (("20", "4"), (10 + 4) / 2),  # what is beyond the budget counts as the budget
    ],
)
def test_restricted_means_by_hand(given_, area):
    assert restricted_mean(times(*given_), 10)[0] == pytest.approx(area)


@given(st.lists(st.integers(1, 99), min_size=1, max_size=12))
def test_where_nothing_is_cut_off_early_it_is_the_plain_mean(steps):
    known = Times(np.array(steps, dtype=float), np.array(steps) < 50)
    known = Times(np.where(known.is_reached, known.steps, 50.0), known.is_reached)
    assert restricted_mean(known, 50)[0] == pytest.approx(np.minimum(steps, 50).mean())


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.booleans(), st.integers(0, 3)), min_size=1, max_size=8
    )
)
def test_a_time_that_was_drawn_twice_counts_as_two(rows):
    steps, is_reached, counts = (np.array(column) for column in zip(*rows, strict=True))
    if not counts.sum():
        counts = counts + 1
    drawn = restricted_mean(Times(steps.astype(float), is_reached), 50, counts[None])
    repeated = Times(np.repeat(steps, counts).astype(float), np.repeat(is_reached, counts))
    assert drawn[0] == pytest.approx(restricted_mean(repeated, 50)[0])


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=10))
def test_it_is_the_area_under_the_curve_that_is_shown(rows):
    known = Times(np.array([float(step) for step, _ in rows]), np.array([is_ for _, is_ in rows]))
    curve = kaplan_meier(known)
    widths = np.diff(curve["steps"].to_numpy(), append=50.0)
    assert restricted_mean(known, 50)[0] == pytest.approx(float(widths @ curve["not_reached"]))
