from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import special, stats

from bench_service.activations import elementary

X = np.concatenate((np.linspace(-40, 40, 4001), [-700.0, 700.0, -1e-9, 1e-9]))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (elementary.logistic, special.expit),
        (elementary.log_one_plus_exp, lambda x: np.logaddexp(0, x)),
        (elementary.normal_cdf, special.ndtr),
        (elementary.normal_pdf, stats.norm.pdf),
        (elementary.sech_squared, lambda x: np.cosh(np.clip(x, -350, 350)) ** -2.0),
    ],
)
def test_the_relative_error_is_that_of_float64_in_both_tails(ours, theirs):
    expected = theirs(X)
    usual = expected > 1e-300
    got = ours(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(got[usual], expected[usual], rtol=3e-13)
    assert (got[~usual] < 1e-299).all()


def test_a_vanishing_weight_wins_over_infinity():
    x = torch.tensor([-math.inf, -2.0, math.inf], dtype=torch.float64)
    weight = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    assert elementary.weighed(x, weight).tolist() == [0.0, -1.0, math.inf]


def test_a_choice_between_numbers_keeps_float64():
    like = torch.zeros(2, dtype=torch.float64)
    chosen = elementary.either(torch.tensor([True, False]), 1.0, 0.1, like=like)
    assert chosen.dtype == torch.float64
    assert chosen.tolist() == [1.0, 0.1]  # and not 0.1 in float32


def test_an_indicator_has_the_dtype_of_its_model():
    like = torch.zeros(2, dtype=torch.bfloat16)
    found = elementary.indicator(torch.tensor([True, False]), like)
    assert found.dtype == torch.bfloat16
    assert found.tolist() == [1.0, 0.0]
