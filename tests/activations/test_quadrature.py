from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from bench_service.activations.quadrature import integrate

PHI, CDF = stats.norm.pdf, special.ndtr


def test_the_density_integrates_to_one_and_its_moments_are_known():
    rows = integrate(lambda z: np.stack((z**0, z, z**2, z**4, z**8)))
    np.testing.assert_allclose(rows, [1, 0, 1, 3, 105], atol=1e-11)


@pytest.mark.parametrize("at", [0.123456789, -2.7, 1 / 3])
def test_an_undeclared_jump_is_found(at):
    (mass,) = integrate(lambda z: (z > at)[None].astype(float))
    assert mass == pytest.approx(CDF(-at), abs=1e-12)


def test_an_undeclared_kink_is_found():
    (mean,) = integrate(lambda z: np.maximum(z - 0.7, 0)[None])
    assert mean == pytest.approx(PHI(0.7) - 0.7 * CDF(-0.7), abs=1e-12)


def test_a_declared_kink_costs_no_halving():
    calls = []

    def shifted_relu(z):
        calls.append(z.size)
        return np.maximum(z - 0.7, 0)[None]

    integrate(shifted_relu)
    undeclared = sum(calls)
    calls.clear()
    integrate(shifted_relu, (0.7,))
    assert sum(calls) < undeclared


def test_a_kink_beyond_reach_is_ignored():
    (mass,) = integrate(lambda z: np.ones((1, z.size)), (1e6,))
    assert mass == pytest.approx(1.0, abs=1e-13)
