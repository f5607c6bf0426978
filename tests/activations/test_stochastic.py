from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from bench_service.activations import ACTIVATIONS
from bench_service.activations.stochastic import nrelu, rrelu

NOISY = ("rrelu", "nrelu")
N_DRAWS = 200_000


@pytest.mark.parametrize("name", NOISY)
def test_one_seed_gives_one_result_and_another_seed_another(name):
    function = ACTIVATIONS.get(name).function
    x = torch.randn(1000, generator=torch.Generator().manual_seed(0))

    def drawn(seed):
        torch.manual_seed(seed)
        return function(x)

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


def test_nrelu_draws_from_the_generator_that_it_is_given():
    x = torch.zeros(1000)
    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    first = nrelu(x, generator=torch.Generator().manual_seed(1))
    assert torch.equal(first, nrelu(x, generator=torch.Generator().manual_seed(1)))
    assert not torch.equal(first, nrelu(x, generator=torch.Generator().manual_seed(2)))
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("name", NOISY)
def test_the_module_is_noisy_in_training_and_quiet_in_evaluation(name):
    activation = ACTIVATIONS.get(name)
    x = torch.linspace(-2, 2, 101, dtype=torch.float64)
    module = activation.module()
    assert not torch.equal(module(x), module(x))
    module.eval()
    assert torch.equal(module(x), module(x))
    assert torch.allclose(module(x), activation.definition(x), rtol=1e-15)


def test_rrelu_slopes_are_uniform_between_an_eighth_and_a_third():
    torch.manual_seed(0)
    slopes = rrelu(-torch.ones(N_DRAWS, dtype=torch.float64)).neg().numpy()
    assert stats.kstest(slopes, stats.uniform(1 / 8, 1 / 3 - 1 / 8).cdf).pvalue > 1e-4


def test_rrelu_leaves_positive_numbers_alone():
    x = torch.rand(1000) + 0.001
    assert torch.equal(rrelu(x), x)


def test_rrelu_bounds_can_be_moved():
    got = rrelu(-torch.ones(1000), lower=0.5, upper=0.6)
    assert got.min() >= -0.6
    assert got.max() <= -0.5


def test_rrelu_is_evaluated_at_its_mean_slope():
    x = torch.tensor([-1.0], dtype=torch.float64)
    assert ACTIVATIONS.get("rrelu").definition(x).item() == pytest.approx(-11 / 48, rel=1e-15)
    assert ACTIVATIONS.get("rrelu").module().eval()(x).item() == pytest.approx(-11 / 48, rel=1e-15)


def test_the_noise_of_nrelu_has_the_logistic_as_its_variance_and_not_as_its_spread():
    torch.manual_seed(0)
    # At 4 the rectifier cuts off 3e-5 of the draws only. The variance of a sample of n normals
    # has a standard error of sqrt(2 / n).
    variance = nrelu(torch.full((N_DRAWS,), 4.0, dtype=torch.float64)).var().item()
    expected = special.expit(4.0)
    assert variance == pytest.approx(expected, rel=5 * math.sqrt(2 / N_DRAWS))
    assert variance != pytest.approx(expected**2, rel=5 * math.sqrt(2 / N_DRAWS))


@pytest.mark.parametrize("x", [-2.0, 0.0, 1.0, 3.0])
def test_the_moments_of_nrelu_are_those_of_a_rectified_normal(x):
    spread = math.sqrt(special.expit(x))
    density = stats.norm(x, spread).pdf
    far = x + 12 * spread
    first = integrate.quad(lambda y: y * density(y), 0, far, epsabs=0)[0]
    second = integrate.quad(lambda y: y * y * density(y), 0, far, epsabs=0)[0]
    mean, deviation = ACTIVATIONS.get("nrelu").moments(torch.tensor([x], dtype=torch.float64))
    assert mean.item() == pytest.approx(first, rel=1e-8)
    assert deviation.item() == pytest.approx(math.sqrt(second - first**2), rel=1e-7)


@pytest.mark.parametrize("name", NOISY)
@pytest.mark.parametrize("x", [-3.0, -1.0, 0.0, 0.5, 2.0])
def test_averages_over_the_noise_are_the_moments(name, x):
    torch.manual_seed(1)
    activation = ACTIVATIONS.get(name)
    drawn = activation.function(torch.full((N_DRAWS,), x, dtype=torch.float64)).numpy()
    mean, spread = activation.moments(torch.tensor([x], dtype=torch.float64))
    error = 6 * max(drawn.std(), 1e-12) / math.sqrt(N_DRAWS)
    assert drawn.mean() == pytest.approx(mean.item(), abs=error)
    assert drawn.std() == pytest.approx(spread.item(), rel=0.1, abs=1e-12)


def test_nrelu_averages_to_more_than_relu_and_less_than_softplus():
    x = torch.linspace(-3, 6, 37, dtype=torch.float64)
    mean, _ = ACTIVATIONS.get("nrelu").moments(x)
    # The infinitely many shifted binary units that NReLU approximates average to softplus.
    assert (np.maximum(x.numpy(), 0) < mean.numpy()).all()
    assert (mean.numpy() < np.logaddexp(0, x.numpy())).all()


def test_the_stackable_rrelu_module_draws_as_torchs_own_does():
    x = -torch.ones(N_DRAWS)
    torch.manual_seed(0)
    ours, theirs = ACTIVATIONS.get("rrelu").module()(x), torch.nn.RReLU()(x)
    assert stats.ks_2samp(ours.numpy(), theirs.numpy()).pvalue > 1e-4
    leaf = x[:100].clone().requires_grad_()
    output = ACTIVATIONS.get("rrelu").module()(leaf)
    (gradient,) = torch.autograd.grad(output.sum(), leaf)
    assert torch.equal(gradient, -output)


def test_the_variance_of_the_binary_units_that_nrelu_stands_for_is_nearly_the_logistic():
    for x, printed in ((0.0, 0.5), (1.0, 0.735), (3.0, 0.954)):
        on = special.expit(x - np.arange(1, 200) + 0.5)
        assert (on * (1 - on)).sum() == pytest.approx(printed, abs=1e-3)
        assert (on * (1 - on)).sum() == pytest.approx(special.expit(x), rel=0.01)


def test_the_gradient_of_nrelu_is_zero_or_one():
    x = torch.randn(1000, dtype=torch.float64, requires_grad=True)
    output = nrelu(x)
    (gradient,) = torch.autograd.grad(output.sum(), x)
    assert torch.equal(gradient, (output > 0).double())


def test_nrelu_has_a_finite_gradient_where_its_noise_vanishes():
    x = torch.tensor([-1e4, -200.0, 200.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(nrelu(x).sum(), x)
    assert gradient.tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("name", NOISY)
def test_stacked_copies_draw_noise_of_their_own(name):
    module = ACTIVATIONS.get(name).module()
    drawn = torch.func.vmap(module, randomness="different")(-0.1 * torch.ones(4, 50))
    assert len({tuple(row.tolist()) for row in drawn}) == 4
