from __future__ import annotations

import math

import pandas as pd
import pytest
from mish_table import mish_table

from bench_service.analysis.training.published import COLUMNS, compare_published


@pytest.fixture(scope="module")
def against_mish():
    return compare_published(mish_table(), "Mish").set_index("activation")


def test_relu_against_mish_as_it_was_published(against_mish):
    """From (86.66, 0.584) and (87.48, 0.397) of 23 runs each; the README's own come from
    unrounded means: d = 1.6455 and [-1.1179, -0.5247].
    """
    row = against_mish.loc["ReLU"]
    assert row["cohens_d"] == pytest.approx(1.643, abs=0.001)
    assert (row["low"], row["high"]) == pytest.approx((-1.117, -0.523), abs=0.001)
    assert row["p_value"] == pytest.approx(1.4e-6, rel=0.05)


@pytest.mark.parametrize(("activation", "p_value"), [("Swish-1", 0.1973), ("GELU", 0.4003)])
def test_two_that_do_not_differ_from_mish_have_the_published_p_value(
    against_mish, activation, p_value
):
    """To within what two digits of the means allow."""
    assert against_mish.loc[activation, "p_value"] == pytest.approx(p_value, abs=0.01)


def test_two_rows_contradict_themselves_and_are_flagged_and_no_other(against_mish):
    flagged = against_mish[~against_mish["is_consistent"]]
    assert set(flagged.index) == {"SoftPlus", "ISRU"}
    # Means of 86.85 and 87.48 can't have an interval about -4.03.
    assert (
        "the means differ by -0.63, and the published interval is about -4.03"
        in (flagged.loc["ISRU", "reason"])
    )
    # Its standard deviation makes the interval twice as wide as the one that was published.
    assert "+-0.61 wide, and the published one is +-0.30" in flagged.loc["SoftPlus", "reason"]


def test_of_the_others_cohens_d_is_reproduced_to_its_rounding(against_mish):
    """Means with two digits leave d uncertain by about 0.01 / 0.4."""
    table = mish_table().set_index("activation")
    sound = against_mish[against_mish["is_consistent"]].index
    assert len(sound) == 20
    for activation in sound:
        expected = table.loc[activation, "published_d"]
        assert against_mish.loc[activation, "cohens_d"] == pytest.approx(
            expected, rel=0.01, abs=0.03
        )


def test_what_was_published_without_an_interval_cannot_contradict_itself():
    rows = pd.DataFrame(
        {"activation": ["a", "b"], "mean": [1.0, 2.0], "sd": [1.0, 1.0], "n": [9, 4]}
    )
    row = compare_published(rows, "a").iloc[0]
    assert list(row.index) == list(COLUMNS)
    assert row["is_consistent"]
    # Variances of 1: the standard error is sqrt(1/9 + 1/4), and t of 11 degrees is 2.201.
    assert row["high"] - row["difference"] == pytest.approx(
        2.201 * math.sqrt(1 / 9 + 1 / 4), abs=1e-3
    )
    assert row["cohens_d"] == pytest.approx(1.0)
