"""Constants against closed forms, a printed table, an independent quadrature, and a simulation."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from bench_service.activations import ACTIVATIONS, Activation
from bench_service.activations.constants import Constants, constants, gain
from bench_service.activations.quadrature import integrate as integrate_over_normal
from bench_service.errors import ActivationError, InputError, UnknownNameError

PHI, CDF = stats.norm.pdf, special.ndtr
E = math.e
EXACT = 1e-9


def with_parameters(name, **parameters):
    """The entry with other parameters; only for those whose kinks don't move with them."""
    entry = ACTIVATIONS.get(name)
    definition, derivative = entry.definition, entry.derivative
    return dataclasses.replace(
        entry,
        name=f"{name} {parameters}",
        parameters=parameters,
        definition=definition,
        derivative=derivative,
    )


# Closed forms


@pytest.mark.parametrize(
    ("name", "mean", "second", "slope"),
    [
        ("relu", 1 / math.sqrt(2 * math.pi), 0.5, 0.5),
        ("leaky_relu", 0.99 / math.sqrt(2 * math.pi), (1 + 1e-4) / 2, (1 + 1e-4) / 2),
        ("thresholded_relu", PHI(1), PHI(1) + CDF(-1), CDF(-1)),
        ("abs", math.sqrt(2 / math.pi), 1.0, 1.0),
        ("relu2", 0.5, 1.5, 2.0),
        ("starrelu", 0.8944 / 2 - 0.4472, 0.8944**2 * 1.5 - 0.8944 * 0.4472 + 0.4472**2,
         4 * 0.8944**2 / 2),
        ("prelu_shared", 0.75 / math.sqrt(2 * math.pi), 0.53125, 0.53125),
        ("rrelu", (1 - 11 / 48) / math.sqrt(2 * math.pi), (1 + (11 / 48) ** 2) / 2,
         (1 + (11 / 48) ** 2) / 2),
        ("elu", 1 / math.sqrt(2 * math.pi) + math.sqrt(E) * CDF(-1) - 0.5,
         1 + E**2 * CDF(-2) - 2 * math.sqrt(E) * CDF(-1), 0.5 + E**2 * CDF(-2)),
        ("gelu", 1 / (2 * math.sqrt(math.pi)), 1 / 3 + 1 / (2 * math.pi * math.sqrt(3)), None),
        ("selu", 0.0, 1.0, None),
        ("sine", 0.0, (1 - E**-2) / 2, (1 + E**-2) / 2),
        ("erf", 0.0, 2 / math.pi * math.asin(2 / 3), 4 / math.pi / math.sqrt(5)),
        ("squareplus", None, 1.5, None),
        ("identity", 0.0, 1.0, 1.0),
        ("hardtanh", 0.0, 1 - 2 * PHI(1), CDF(1) - CDF(-1)),
        ("softshrink", 0.0, 2 * (1.25 * CDF(-0.5) - 0.5 * PHI(0.5)), 2 * CDF(-0.5)),
    ],
)  # fmt: skip
def test_moments_are_those_of_the_closed_form(name, mean, second, slope):
    found = constants(name)
    # The constants of SELU are given to sixteen digits, so that its fixed point is exact.
    if mean is not None:
        assert found.mean == pytest.approx(mean, abs=EXACT)
    assert found.second_moment == pytest.approx(second, abs=EXACT)
    if slope is not None:
        assert found.derivative_second_moment == pytest.approx(slope, abs=EXACT)


def test_the_variance_of_relu_is_not_a_half():
    found = constants("relu")
    assert found.second_moment - found.mean**2 == pytest.approx(0.5 - 1 / (2 * math.pi), abs=EXACT)


@pytest.mark.parametrize("name", ["relu", "gelu", "silu", "hardswish", "softplus", "squareplus"])
def test_the_mean_slope_is_a_half_where_the_odd_part_is_half_of_x(name):
    derivative = ACTIVATIONS.get(name).derivative
    (mean,) = integrate_over_normal(
        lambda z: derivative(torch.from_numpy(z)).numpy()[None], ACTIVATIONS.get(name).kinks
    )
    assert mean == pytest.approx(0.5, abs=EXACT)


@pytest.mark.parametrize(
    ("name", "probability"),
    [
        ("relu", 0.5),
        ("relu6", 0.5),
        ("thresholded_relu", CDF(1)),
        ("hardshrink", CDF(0.5) - CDF(-0.5)),
        ("softshrink", CDF(0.5) - CDF(-0.5)),
        ("hardswish", CDF(-3)),
        ("hard_mish", CDF(-2)),
        ("starrelu", 0.0),
        ("leaky_relu", 0.0),
        ("elu", 0.0),
        ("sigmoid", 0.0),
        ("gelu", 0.0),
        ("tanhshrink", 0.0),
        ("nrelu", 0.5),
    ],
)
def test_the_sparsity_at_the_start_is_the_probability_of_the_dead_zone(name, probability):
    assert constants(name).zero_probability == pytest.approx(probability, abs=EXACT)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "prelu_shared", "rrelu", "abs", "identity"])
def test_a_homogeneous_activation_keeps_gradients_and_any_variance(name):
    found = constants(name)
    assert found.chi == pytest.approx(1.0, abs=EXACT)
    assert found.variance_slope == pytest.approx(1.0, abs=EXACT)


def test_selu_has_its_fixed_point_at_mean_zero_and_variance_one():
    found = constants("selu")
    assert found.gain == pytest.approx(1.0, abs=EXACT)
    assert found.gamma == pytest.approx(1.0, abs=EXACT)
    assert found.chi == pytest.approx(1.071575, abs=5e-7)


def test_the_variance_slope_counts_a_jump():
    # d/dq of the integral of q z^2 beyond 1 / sqrt(q): the tail itself, and its moving border.
    tail = PHI(1) + CDF(-1)
    assert constants("thresholded_relu").variance_slope == pytest.approx(
        (tail + PHI(1) / 2) / tail, abs=EXACT
    )


# A printed table: mean, E f^2, E f'^2, gain, gamma, chi, V', to the digits that it prints


TABLE = """
relu          .398942 .5      .5      1.41421 1.71286 1      1
relu6         .398942 .5000   .5000   1.41421 1.71286 1      1
relu1         .315627 .258029 .341345 1.96864 2.51252 1.3229 .385
thresholded_relu .241971 .400626 .158655 1.57990 1.70977 .3960 1.302
leaky_relu    .394953 .50005  .50005  1.41414 1.70483 1      1
prelu_shared  .2992   .53125  .53125  1.37199 1.50461 1      1
prelu_channel .2992   .53125  .53125  1.37199 1.50461 1      1
rrelu         .3075   .52626  .52626  1.37848 1.52200 1      1
abs           .797885 1       1       1       1.65890 1      1
relu2         .5      1.5     2       .81650  .89443  1.3333 2
starrelu      0       .99994  1.5999  1.00003 1.00003 1.6    2
elu           .160521 .644945 .668102 1.24520 1.27084 1.0359 .891
celu          .160521 .644945 .668102 1.24520 1.27084 1.0359 .891
selu          0       1       1.071575 1      1       1.0716 .783
softplus      .806059 .921246 .293379 1.04187 1.91913 .3185  .492
squareplus    1.109306 1.5    .289315 .81650  1.92650 .1929  .333
gelu          .282095 .425221 .455851 1.53353 1.70093 1.0720 1.144
silu          .206621 .355776 .379482 1.67653 1.78719 1.0666 1.173
swish_beta    .206621 .355776 .379482 1.67653 1.78719 1.0666 1.173
mish          .240404 .452342 .479084 1.48685 1.59203 1.0591 1.076
hardswish     .166217 .331567 .358532 1.73666 1.81387 1.0813 1.224
sigmoid       .5      .293379 .044836 1.84623 4.80131 .1528  .106
tanh          0       .394294 .464403 1.59254 1.59254 1.1778 .461
hardsigmoid   .5      .277639 .027703 1.89784 6.01503 .0998  .097
hardtanh      0       .516059 .682689 1.39204 1.39204 1.3229 .385
softsign      0       .183014 .227671 2.33753 2.33753 1.2440 .477
lisht         .605706 .757890 .865700 1.14867 1.59921 1.1423 1.268
sine          0       .432332 .567668 1.52087 1.52087 1.313  .313
hardshrink    0       .969140 .617075 1.01580 1.01580 .637   1.045
softshrink    0       .419279 .617075 1.54436 1.54436 1.472  1.472
"""
FIELDS = (
    "mean", "second_moment", "derivative_second_moment", "gain", "gamma", "chi", "variance_slope",
)  # fmt: skip


@pytest.mark.parametrize("row", TABLE.strip().splitlines(), ids=lambda row: row.split()[0])
def test_constants_agree_with_a_printed_table(row):
    name, *printed = row.split()
    found = constants(name)
    for field, text in zip(FIELDS, printed, strict=True):
        digits = len(text.partition(".")[2]) or 4
        assert getattr(found, field) == pytest.approx(float(text), abs=0.51 * 10.0**-digits), field


@pytest.mark.parametrize(("slope", "printed"), [(0.1, 1.40720), (0.2, 1.38675), (1 / 5.5, 1.39140)])
def test_another_slope_has_another_gain(slope, printed):
    leaky = with_parameters("leaky_relu", negative_slope=slope)
    assert gain(leaky) == pytest.approx(printed, abs=5e-6)
    assert gain(leaky) == pytest.approx(math.sqrt(2 / (1 + slope**2)), abs=EXACT)
    assert gain(leaky) == pytest.approx(
        torch.nn.init.calculate_gain("leaky_relu", slope), abs=EXACT
    )


def test_the_gain_of_relu_is_that_of_torch():
    assert gain("relu") == pytest.approx(torch.nn.init.calculate_gain("relu"), abs=EXACT)


# Independent checks


@pytest.mark.parametrize("name", ["gelu_tanh", "mish", "lisht", "isrlu", "penalized_tanh"])
def test_an_adaptive_quadrature_of_another_kind_agrees(name):
    definition = ACTIVATIONS.get(name).definition

    def square(z):
        return definition(torch.tensor([z], dtype=torch.float64)).item() ** 2 * PHI(z)

    expected = sum(
        integrate.quad(square, low, low + 5, epsabs=1e-12, epsrel=1e-12)[0]
        for low in range(-15, 15, 5)
    )
    assert constants(name).second_moment == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("name", ["flatten_t_swish", "quick_gelu", "hard_mish", "srelu_shifted"])
def test_a_simulation_agrees(name):
    z = torch.randn(400_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    entry, found = ACTIVATIONS.get(name), constants(name)
    square = entry.definition(z) ** 2
    error = 5 * square.std().item() / math.sqrt(z.numel())
    assert square.mean().item() == pytest.approx(found.second_moment, abs=error)
    slope = entry.derivative(z) ** 2
    error = 5 * slope.std().item() / math.sqrt(z.numel())
    assert slope.mean().item() == pytest.approx(found.derivative_second_moment, abs=error)


def test_a_layer_at_its_gain_scales_gradients_by_chi_and_deviations_by_the_slope():
    found = constants("tanh")
    step = 1e-4

    def variance_after(q):
        return found.gain**2 * integrate_over_normal(lambda z: np.tanh(math.sqrt(q) * z)[None] ** 2)

    assert variance_after(1.0) == pytest.approx(1.0, abs=EXACT)
    slope = (variance_after(1 + step) - variance_after(1 - step)) / (2 * step)
    assert slope == pytest.approx(found.variance_slope, abs=1e-7)


# The interface


def test_constants_are_frozen_and_computed_once():
    found = constants("relu")
    assert isinstance(found, Constants)
    assert constants("relu") is found
    assert constants(ACTIVATIONS.get("relu")) is found
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.mean = 0.0


@pytest.mark.parametrize("name", ["crelu", "funnel_frelu", "glu", "swiglu"])
def test_an_activation_that_changes_the_width_has_no_gain(name):
    with pytest.raises(InputError, match=f"'{name}' has no gain") as caught:
        gain(name)
    assert caught.value.got
    assert caught.value.allowed


def test_an_unknown_name_is_told_apart():
    with pytest.raises(UnknownNameError):
        gain("rleu")


def made_of(definition, derivative=torch.zeros_like):
    return Activation(
        name="made",
        family="user",
        function=definition,
        module=torch.nn.Identity,
        definition=definition,
        derivative=derivative,
        formula="made",
        latex="made",
        source="user",
    )


def test_an_activation_that_is_always_zero_has_no_gain():
    with pytest.raises(InputError, match="no gain for a standard normal input"):
        gain(made_of(torch.zeros_like))


def test_an_activation_that_is_not_finite_has_no_gain():
    with pytest.raises(InputError, match="no gain for a standard normal input"):
        gain(made_of(torch.log))


def test_a_constant_has_a_gain_and_an_infinite_gamma():
    found = constants(made_of(lambda x: torch.full_like(x, 2.0)))
    assert found.gain == pytest.approx(0.5)
    assert found.gamma == math.inf


def test_an_activation_that_fails_in_float64_says_why():
    def failing(x):
        raise RuntimeError("float32 only")

    with pytest.raises(ActivationError, match="float32 only"):
        gain(made_of(failing))
