from __future__ import annotations

import math

import numpy as np
import pytest

from bench_service.analysis.training.restricted_ratio import bootstrap_ratio
from bench_service.analysis.training.survival import Times


def reached(*steps):
    return Times(np.array(steps, dtype=float), np.ones(len(steps), dtype=bool))


def ratio(own, relu, seed=0, **given):
    rng = np.random.default_rng(seed)
    return bootstrap_ratio(own, relu, 1000, rng, n_resamples=2000, **given).interval()


def test_by_hand():
    assert ratio(reached(100, 300), reached(200, 600), is_paired=True).value == 0.5


def test_what_pairs_share_leaves_no_uncertainty():
    """Half of ReLU's time on every seed is half in every resample; not so if drawn apart."""
    relu = reached(100, 200, 400, 800, 100, 300, 500, 900)
    own = Times(relu.steps / 2, relu.is_reached)
    paired, apart = (ratio(own, relu, is_paired=is_paired) for is_paired in (True, False))
    assert (paired.low, paired.high) == pytest.approx((0.5, 0.5))
    assert apart.low < 0.4 < 0.6 < apart.high


def test_one_seed_has_a_ratio_and_no_interval():
    found = ratio(reached(100), reached(200), is_paired=True)
    assert found.value == 0.5
    assert math.isnan(found.low)


def test_relu_at_the_target_from_the_start_leaves_no_ratio():
    assert math.isnan(ratio(reached(5, 6), reached(0, 0), is_paired=True).value)


def test_unpaired_samples_may_differ_in_size_and_the_generator_decides():
    own, relu = reached(100, 150, 230), reached(180, 220, 260, 300)
    here, again, other = (ratio(own, relu, seed, is_paired=False) for seed in (1, 1, 2))
    assert here == again != other
    assert here.low < here.value < here.high
