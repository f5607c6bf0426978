from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bench_service.analysis.quality import Evidence, Quality, aa_holds, judge
from bench_service.analysis.statistics import Estimate

GOOD = Evidence(
    log_ratio=Estimate(0.2, 0.195, 0.205, 0.002, 19),
    aa=Estimate(0.0, -0.002, 0.002, 0.001, 19),
    n_processes=20,
    flagged_share=0.01,
    fraction_of_copy=0.9,
    below_floor=False,
)


def interval(half_width: float) -> Estimate:
    return Estimate(0.0, -half_width, half_width, half_width / 2, 19)


def test_good_evidence_is_certified_without_reason():
    assert judge(GOOD) == (Quality.CERTIFIED, "")


@pytest.mark.parametrize(
    ("change", "quality", "reason"),
    [
        ({"log_ratio": interval(0.02)}, "stable", "+-2.0% wide; certified is +-1%"),
        ({"flagged_share": 0.1}, "stable", "10% of the blocks"),
        ({"log_ratio": interval(0.03)}, "unstable", "+-3.0% wide"),
        ({"flagged_share": 0.3}, "unstable", "30% of the blocks"),
        ({"n_processes": 5}, "unstable", "only 5 processes"),
        ({"n_processes": 1, "log_ratio": interval(math.nan)}, "unstable", "only 1 processes"),
        ({"aa": Estimate(0.03, 0.02, 0.04, 0.005, 19)}, "unstable", "from itself by +3.0%"),
        ({"aa": Estimate(math.nan, math.nan, math.nan, math.nan, 0)}, "unstable", "from itself"),
        ({"below_floor": True}, "invalid", "optimised away"),
        ({"fraction_of_copy": 2.5}, "invalid", "impossible bandwidth: 2.50"),
        ({"counters_reason": "compiled anew"}, "invalid", "compiled anew"),
    ],
)
def test_each_doubt_has_its_quality_and_its_reason(change, quality, reason):
    found = judge(replace(GOOD, **change))
    assert found[0] == quality
    assert reason in found[1]


def test_where_the_bandwidth_says_nothing_it_is_no_argument():
    assert judge(replace(GOOD, fraction_of_copy=math.nan))[0] is Quality.CERTIFIED


def test_relu_holds_against_itself_within_its_interval_or_one_percent_and_not_beyond():
    """A check that grew with what it finds could never fail."""
    assert aa_holds(Estimate(0.005, 0.001, 0.009, 0.002, 19))
    assert aa_holds(Estimate(0.05, -0.01, 0.11, 0.03, 19))
    assert not aa_holds(Estimate(0.02, 0.01, 0.03, 0.005, 19))
    assert not aa_holds(Estimate(-0.02, -0.03, -0.01, 0.005, 19))
