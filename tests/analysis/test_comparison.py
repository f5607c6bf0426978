from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import beside, frames_of
from scipy import stats

from bench_service.analysis.comparison import (
    COLUMNS,
    compare_runs,
    difference_of_means,
    fact_differences,
)


def compared(base, head, label="gelu", **more) -> pd.Series:
    table = compare_runs(frames_of(base, **more), frames_of(head, **more))
    return table[table.activation == label].iloc[0]


def noisy(center: float, seed: int, n: int = 20) -> np.ndarray:
    return center * np.exp(0.005 * np.random.default_rng(seed).standard_normal(n))


def test_the_difference_of_two_means_has_welchs_interval():
    random = np.random.default_rng(1)
    base, head = random.normal(0, 1, 9), random.normal(1, 3, 14)
    found = difference_of_means(base, head)
    reference = stats.ttest_ind(head, base, equal_var=False).confidence_interval(0.95)
    assert found.value == pytest.approx(head.mean() - base.mean())
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high))


def test_without_noise_the_interval_is_a_point():
    found = difference_of_means(np.full(5, 1.0), np.full(5, 1.5))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)


def test_a_function_that_became_slower_is_found_on_a_machine_that_became_faster():
    base = {**beside(20), "gelu": noisy(1500, 1)}
    head = {label: 0.5 * times for label, times in {**beside(20), "gelu": noisy(1650, 2)}.items()}
    found = compared(base, head)
    assert tuple(compare_runs(frames_of(base), frames_of(head)).columns) == COLUMNS
    assert found.verdict == "slower"
    assert found.change == pytest.approx(1.1, rel=0.01)
    assert found.change_low < 1.1 < found.change_high
    assert found.time_change == pytest.approx(0.55, rel=0.01)


def test_relu_itself_is_judged_by_its_time():
    base = {**beside(20), "relu": noisy(1000, 1)}
    head = {**{k: 2 * v for k, v in beside(20).items()}, "relu": noisy(2000, 2)}
    assert compared(base, head, "relu").verdict == "slower"


def test_what_has_not_changed_is_equivalent():
    base = {**beside(20), "gelu": noisy(1500, 1)}
    assert compared(base, {**beside(20), "gelu": noisy(1500, 2)}).verdict in (
        "equivalent", "negligible",
    )  # fmt: skip


def test_runs_without_a_common_case_have_an_empty_comparison():
    base, head = ({**beside(), name: np.full(8, 1500.0)} for name in ("gelu", "silu"))
    table = compare_runs(frames_of(base), frames_of(head))
    assert table.empty
    assert tuple(table.columns) == COLUMNS


def test_a_case_with_one_process_is_not_compared():
    one = {**beside(1), "gelu": np.array([1500.0])}
    assert compare_runs(frames_of(one), frames_of(one)).empty


def test_facts_that_differ_are_named_by_their_place():
    base = {"torch": "2.12", "variables": {"OMP_NUM_THREADS": "1"}, "same": [1]}
    head = {"torch": "2.13", "variables": {}, "same": [1], "new": True}
    assert fact_differences(base, head) == [
        {"fact": "torch", "base": "2.12", "head": "2.13"},
        {"fact": "variables.OMP_NUM_THREADS", "base": "1", "head": None},
        {"fact": "new", "base": None, "head": True},
    ]
