"""How weights begin: their variance, what is left as it is, and what seeds share."""

from __future__ import annotations

import math

import pytest
import torch
from tiny_workloads import tiny, tiny_conv
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.errors import InputError
from bench_service.training.initialisation import GAINS, start_weights
from bench_service.training.skeleton import build
from bench_service.workloads.layers import after_activation, mlp

WIDTHS = (6, 300, 400, 3)
N_WEIGHTS = 300 * 400
# Five standard errors: of a sample variance sqrt(2 / n), of a mean sigma / sqrt(n).
VARIANCE_TOLERANCE = 5 * math.sqrt(2 / N_WEIGHTS)
MEAN_TOLERANCE = 5 / math.sqrt(N_WEIGHTS)

SECOND_MOMENTS = {
    "relu": 1 / 2,
    "leaky_relu": (1 + 0.01**2) / 2,
    "prelu_channel": (1 + 0.25**2) / 2,
    "abs": 1.0,
    "identity": 1.0,
    "gelu": 1 / 3 + 1 / (2 * math.pi * math.sqrt(3)),
    "elu": 0.6449454,
    "tanh": 0.394294,
    "selu": 1.0,
    "sine": (1 - math.exp(-2)) / 2,
}
"""E f(Z)^2 for a standard normal Z, in closed form or from tables of integrals."""


def wide(activation, policy="gain", seeds=(0,)):
    workload = tiny(model=lambda make: mlp(WIDTHS, make))
    skeleton = build(workload, ACTIVATIONS.get(activation), workload.data((0,)).batch(0).x[0])
    return start_weights(skeleton, policy, seeds)


@pytest.mark.parametrize("name", sorted(SECOND_MOMENTS))
def test_a_layer_after_an_activation_has_the_variance_that_keeps_the_second_moment(name):
    """1 / (fan_in E f^2): what goes in with a mean square of 1 comes out with 1."""
    weights = wide(name)["linear2.weight"][0]
    assert weights.shape == (400, 300)
    expected = 1 / (SECOND_MOMENTS[name] * 300)
    assert weights.var().item() == pytest.approx(expected, rel=VARIANCE_TOLERANCE)
    assert abs(weights.mean().item()) < MEAN_TOLERANCE * math.sqrt(expected)
    fourth = ((weights / weights.std()) ** 4).mean().item()
    assert fourth == pytest.approx(3.0, abs=5 * math.sqrt(96 / N_WEIGHTS))  # a normal one


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid"])
def test_he_gives_every_activation_the_variance_of_relu(name):
    weights = wide(name, "he")["linear2.weight"][0]
    assert weights.var().item() == pytest.approx(2 / 300, rel=VARIANCE_TOLERANCE)


@pytest.mark.parametrize("policy", ["gain", "he"])
def test_the_layer_that_is_fed_by_data_has_gain_1_and_biases_begin_at_0(policy):
    started = wide("relu", policy)
    of_input = started["linear1.weight"][0]
    n = of_input.numel()
    assert of_input.var().item() == pytest.approx(1 / 6, rel=5 * math.sqrt(2 / n))
    for name in ("linear1.bias", "linear2.bias", "head.bias"):
        assert not started[name].any()


def test_torchs_default_is_uniform_within_one_over_the_root_of_the_fan_in():
    """Variance 1 / (3 fan_in), for weights and biases, whatever the activation."""
    started = wide("tanh", "torch_default")
    for name, fan_in in (("linear1", 6), ("linear2", 300), ("head", 400)):
        for kind in ("weight", "bias"):
            values = started[f"{name}.{kind}"][0]
            assert values.abs().max().item() <= 1 / math.sqrt(fan_in)
    weights = started["linear2.weight"][0]
    assert weights.var().item() == pytest.approx(1 / 900, rel=VARIANCE_TOLERANCE)
    assert weights.abs().max().item() > 0.999 / math.sqrt(300)
    torch.manual_seed(0)
    torchs_own = nn.Linear(300, 400).weight
    assert weights.std().item() == pytest.approx(torchs_own.std().item(), rel=0.02)


def test_convolutions_count_what_a_filter_sees():
    """Three by three times four channels are 36 inputs; those after an activation have its gain."""
    workload = tiny_conv(
        model=lambda make: nn.Sequential(
            nn.Conv2d(2, 64, 3),
            make(64),
            after_activation(nn.Conv2d(64, 200, 3)),
            make(200),
            nn.Flatten(),
            after_activation(nn.Linear(800, 3)),
        )
    )
    skeleton = build(workload, ACTIVATIONS.get("relu"), workload.data((0,)).batch(0).x[0])
    started = start_weights(skeleton, "gain", (0,))
    for name, expected in (("0.weight", 1 / 18), ("2.weight", 2 / (9 * 64)), ("5.weight", 2 / 800)):
        values = started[name]
        tolerance = 5 * math.sqrt(2 / values.numel())
        assert values.var().item() == pytest.approx(expected, rel=tolerance), name


def test_activations_share_the_normal_numbers_of_a_seed():
    """Common random numbers: only the scale of what follows an activation differs."""
    of_relu, of_tanh = wide("relu", seeds=(3, 4)), wide("tanh", seeds=(3, 4))
    assert torch.equal(of_relu["linear1.weight"], of_tanh["linear1.weight"])
    ratio = math.sqrt(SECOND_MOMENTS["relu"] / SECOND_MOMENTS["tanh"])
    for name in ("linear2.weight", "head.weight"):
        assert torch.allclose(of_relu[name] * ratio, of_tanh[name], rtol=1e-4, atol=1e-8)


def test_a_seed_gives_the_same_weights_among_whatever_other_seeds():
    together, alone = wide("relu", seeds=(5, 2, 9)), wide("relu", seeds=(9,))
    for name, values in alone.items():
        assert torch.equal(together[name][2], values[0])


def test_seeds_and_layers_draw_numbers_that_have_nothing_in_common():
    started = wide("relu", seeds=(0, 1))
    weights = started["linear2.weight"]
    correlation = torch.corrcoef(weights.flatten(1))[0, 1].item()
    assert abs(correlation) < 5 / math.sqrt(N_WEIGHTS)
    layers = [started[f"{name}.weight"][0].flatten()[:1200] for name in ("linear2", "head")]
    assert abs(torch.corrcoef(torch.stack(layers))[0, 1].item()) < 5 / math.sqrt(1200)


@pytest.mark.parametrize("policy", sorted(GAINS))
def test_what_activations_learn_and_normalisations_hold_begins_as_their_modules_do(policy):
    skeleton = build(
        tiny_conv(), ACTIVATIONS.get("prelu_channel"), tiny_conv().data((0,)).batch(0).x[0]
    )
    started = start_weights(skeleton, policy, (0, 7))
    assert started["2.weight"].tolist() == [[0.25] * 4] * 2
    assert started["1.weight"].tolist() == [[1.0] * 4] * 2
    assert started["1.bias"].tolist() == [[0.0] * 4] * 2
    assert started["4.weight"].tolist() == [[1.0] * 5] * 2


def test_every_parameter_of_the_model_begins_somewhere_and_independently_of_the_model_that_is():
    skeleton = build(tiny(), ACTIVATIONS.get("relu"), tiny().data((0,)).batch(0).x[0])
    before = {name: value.clone() for name, value in skeleton.model.named_parameters()}
    started = start_weights(skeleton, "gain", (0,))
    assert started.keys() == before.keys()
    for name, value in skeleton.model.named_parameters():
        assert started[name].shape == (1, *value.shape)
        assert started[name].dtype == torch.float32
        assert torch.equal(value, before[name])


def test_embeddings_have_rows_of_length_1():
    """Their variance is 1 over their width, whatever the policy: no fan-in is summed there."""

    class Words(nn.Module):
        def __init__(self, make):
            super().__init__()
            self.words, self.act, self.head = nn.Embedding(500, 64), make(64), nn.Linear(64, 3)

        def forward(self, x):
            return self.head(self.act(self.words(x.long().clamp(0, 499)[:, 0])))

    workload = tiny(model=Words)
    skeleton = build(workload, ACTIVATIONS.get("relu"), workload.data((0,)).batch(0).x[0])
    for policy in sorted(GAINS):
        words = start_weights(skeleton, policy, (0,))["words.weight"][0]
        assert words.square().sum(1).mean().item() == pytest.approx(
            1.0, rel=5 * math.sqrt(2 / words.numel())
        )


def test_a_policy_that_isnt_one_is_refused_and_the_known_ones_named():
    with pytest.raises(InputError, match="no initialisation 'xavier'") as caught:
        wide("relu", "xavier")
    assert caught.value.allowed == "gain, he, torch_default"
