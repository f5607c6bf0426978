from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from bench_service.analysis.training.multiplicity import holm, holm_within


def test_by_hand():
    """0.01, 0.03, 0.04 times 3, 2, 1 are 0.03, 0.06, 0.04; the last may not fall below 0.06."""
    assert np.allclose(holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])


def test_what_has_no_p_value_is_no_member_of_the_family():
    adjusted = holm(np.array([0.02, np.nan, 0.5]))
    assert np.allclose(adjusted, [0.04, np.nan, 0.5], equal_nan=True)
    assert np.isnan(holm(np.array([np.nan, np.nan]))).all()


def test_families_are_adjusted_apart_and_rows_keep_their_place():
    frame = pd.DataFrame(
        {"task": ["a", "b", "a", "b"], "p_value": [0.01, 0.4, 0.02, 0.3]}, index=[7, 3, 5, 1]
    )
    adjusted = holm_within(frame, ["task"])
    assert list(adjusted.index) == [7, 3, 5, 1]
    assert np.allclose(adjusted, [0.02, 0.6, 0.02, 0.6])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=20, deadline=None)  # the reference collects garbage at each call
def test_it_is_what_statsmodels_says(p_values):
    expected = multipletests(p_values, method="holm")[1]
    assert np.allclose(holm(np.array(p_values)), expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_no_p_value_gets_smaller_and_their_order_stays(p_values):
    given_ = np.array(p_values)
    adjusted = holm(given_)
    assert (adjusted >= given_ - 1e-12).all()
    assert (adjusted <= np.minimum(1, len(given_) * given_) + 1e-12).all()
    assert (np.diff(adjusted[np.argsort(given_)]) >= -1e-12).all()
