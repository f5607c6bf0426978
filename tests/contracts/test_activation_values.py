"""Value and gradient of every activation are those of its formula, in every dtype."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from entries import (
    ELEMENTWISE,
    GATED,
    N_CHANNELS,
    QUIET,
    USER_NAMES,
    evaluated,
    over,
    points,
    slope_by_autograd,
)

from bench_service.activations import ACTIVATIONS
from bench_service.activations.check import problems

CPU = torch.device("cpu")


@over(*ELEMENTWISE)
def test_the_value_is_that_of_the_formula(entry, reference):
    x = points()
    got = evaluated(entry, torch.from_numpy(x)).detach().numpy()
    # F.softplus is straight above 20, where it is off by 2.1e-9.
    np.testing.assert_allclose(got, reference.value(entry.name, x), rtol=1e-9, atol=1e-9)


@over(*ELEMENTWISE)
def test_the_definition_is_that_of_the_formula(entry, reference):
    x = points()
    got = entry.definition(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, reference.value(entry.name, x), rtol=1e-12, atol=2e-13)


@over(*ELEMENTWISE)
def test_the_gradient_is_the_slope_of_the_formula(entry, reference):
    x = points(entry.kinks)
    got = slope_by_autograd(entry, torch.from_numpy(x)).numpy()
    # The slope of F.hardsigmoid is 1/6 in float32.
    np.testing.assert_allclose(got, reference.slope(entry.name, x), rtol=1e-8, atol=6e-9)


@over(*ELEMENTWISE)
def test_the_derivative_is_the_slope_of_the_formula(entry, reference):
    x = points(entry.kinks)
    got = entry.derivative(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, reference.slope(entry.name, x), rtol=1e-11, atol=1e-12)


@over(*GATED)
def test_a_gated_unit_multiplies_its_first_half_by_the_gate_of_its_second(entry, reference):
    x = points().reshape(-1, 2 * N_CHANNELS)
    expected = reference.gated(entry.name, x)
    for function in (entry.function, entry.definition, entry.module()):
        got = function(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-11)


@over(*GATED)
def test_a_gated_unit_has_the_gradient_of_the_product(entry, reference):
    x = points((0.0,)).reshape(-1, 2 * N_CHANNELS)
    expected = reference.gated_slope(entry.name, x)
    packed = torch.from_numpy(x)
    np.testing.assert_allclose(entry.derivative(packed), expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(slope_by_autograd(entry, packed), expected, rtol=1e-10, atol=1e-10)


def test_crelu_puts_both_signs_side_by_side(reference):
    entry = ACTIVATIONS.get("crelu")
    x = points((0.0,)).reshape(-1, N_CHANNELS)
    packed = torch.from_numpy(x)
    np.testing.assert_array_equal(entry.function(packed), reference.crelu(x))
    np.testing.assert_array_equal(entry.definition(packed), reference.crelu(x))
    np.testing.assert_array_equal(entry.derivative(packed), np.sign(x))
    np.testing.assert_array_equal(slope_by_autograd(entry, packed), np.sign(x))


def test_funnel_compares_each_pixel_with_the_mean_around_it(reference):
    entry = ACTIVATIONS.get("funnel_frelu")
    x = np.random.default_rng(1).normal(size=(2, N_CHANNELS, 6, 5))
    expected = reference.funnel(x)
    packed = torch.from_numpy(x)
    np.testing.assert_allclose(evaluated(entry, packed).detach(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(entry.definition(packed), expected, rtol=1e-12, atol=1e-12)
    # The neighbourhood is symmetric, so that the transposed sum is the sum itself.
    own = (x > reference.funnel_neighbours(x)).astype(float)
    slope = own + reference.funnel_neighbours(1 - own)
    np.testing.assert_allclose(entry.derivative(packed), slope, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slope_by_autograd(entry, packed), slope, rtol=1e-12, atol=1e-12)


@over(*QUIET)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_the_value_survives_a_narrower_dtype(entry, dtype, reference):
    x = torch.from_numpy(points(reach=8.0)).to(dtype)
    exact = x.double().numpy()
    expected = reference.value(entry.name, exact)
    got = evaluated(entry, x)
    assert got.dtype == dtype
    # Four units in the last place of the larger of input and result; composed ones need two.
    # Vectorised float32 kernels, which narrower dtypes use too, are good to 2^-23 near 0.
    scale = np.maximum(np.abs(expected), np.abs(exact))
    allowed = 4 * (torch.finfo(dtype).eps * scale + 2.0**-23)
    assert (np.abs(got.detach().double().numpy() - expected) <= allowed).all()


@over(*QUIET, *USER_NAMES)
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str
)
def test_the_check_finds_nothing_wrong(entry, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    assert problems(entry, dtype=dtype, device=CPU, generator=generator) == []


@over("rrelu", "nrelu", "crelu", "funnel_frelu", *GATED)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_the_check_finds_nothing_wrong_with_noise_gates_and_neighbours(entry, dtype):
    generator = torch.Generator().manual_seed(0)
    assert problems(entry, dtype=dtype, device=CPU, generator=generator) == []
