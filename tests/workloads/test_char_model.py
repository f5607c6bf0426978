"""The character model: its text, its layers, and feed-forward layers of equal size."""

from __future__ import annotations

import math

import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from torch import nn
from torch.nn import functional as F  # noqa: N812

from bench_service.activations import ACTIVATIONS
from bench_service.training.factory import ModuleFactory
from bench_service.workloads import WORKLOADS
from bench_service.workloads.char_model import (
    Attention,
    CharacterModel,
    FeedForward,
    bits_per_character,
    loss,
    windows,
)
from bench_service.workloads.char_model_text import ALPHABET, text

WORKLOAD = WORKLOADS.get("char_model")
WIDTH_CHANGING = ("glu", "bilinear", "reglu", "geglu", "swiglu", "crelu")


def n_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def model(activation="relu"):
    torch.manual_seed(0)
    return CharacterModel(ModuleFactory(ACTIVATIONS.get(activation)))


def test_targets_are_the_characters_one_place_on():
    arrays = windows()
    assert arrays.x.shape == arrays.y.shape == (100_000 // 33, 32)
    assert torch.equal(arrays.x[:, 1:], arrays.y[:, :-1])
    first = "".join(ALPHABET[place] for place in [*arrays.x[1].tolist(), int(arrays.y[1, -1])])
    assert first == text(66, 0)[33:]


def test_the_model_has_the_parameters_that_its_layers_add_up_to():
    embeddings = 28 * 64 + 32 * 64
    layer = 64 * 192 + 64 * 64 + 2 * 64 * 192
    norms = 5 * 64
    head = 64 * 28 + 28
    assert n_parameters(model()) == embeddings + 2 * layer + norms + head


@pytest.mark.parametrize("activation", WIDTH_CHANGING)
def test_a_gated_feed_forward_layer_has_as_many_parameters_as_a_plain_one(activation):
    assert n_parameters(model(activation)) == n_parameters(model("relu"))
    assert ACTIVATIONS.get(activation).shape_class.value in WORKLOAD.accepts


def test_a_gated_feed_forward_layer_is_that_of_the_paper():
    """Shazeer 2020, equation 6: (xV * SiLU(xW)) U, without biases."""
    layer = FeedForward(ModuleFactory(ACTIVATIONS.get("swiglu")))
    x = torch.randn(3, 5, 64, generator=torch.Generator().manual_seed(0))
    value, gate = x @ layer.widen.weight[:128].T, x @ layer.widen.weight[128:].T
    expected = (value * gate * torch.sigmoid(gate)) @ layer.narrow.weight.T
    torch.testing.assert_close(layer(x), expected)


def test_attention_is_that_of_torch_with_a_causal_mask():
    attention = Attention()
    x = torch.randn(2, 7, 64, generator=torch.Generator().manual_seed(0))
    query, key, value = (
        part.view(2, 7, 4, 16).transpose(1, 2) for part in attention.to_heads(x).split(64, dim=-1)
    )
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    expected = attention.from_heads(mixed.transpose(1, 2).reshape(2, 7, 64))
    torch.testing.assert_close(attention(x), expected)


def test_no_place_sees_a_later_one():
    network = model()
    x = windows().x[:4]
    changed = x.clone()
    changed[:, 20:] = (changed[:, 20:] + 1) % len(ALPHABET)
    before, after = network(x), network(changed)
    torch.testing.assert_close(before[:, :20], after[:, :20])
    assert not torch.allclose(before[:, 20], after[:, 20])


def test_equal_logits_are_worth_log2_28_bits():
    logits, y = torch.zeros(2, 32, 28), torch.zeros(2, 32, dtype=torch.int64)
    assert loss(logits, y).item() == pytest.approx(math.log(28))
    assert bits_per_character(logits, y).item() == pytest.approx(math.log2(28))
    assert WORKLOAD.chance == pytest.approx(math.log(28))


@pytest.mark.parametrize("activation", ["relu", "rrelu"])
def test_a_stack_trains_as_a_plain_loop(activation):
    """With noise for every place of a window, where the activation wants it."""
    assert_trains_as_a_plain_loop(WORKLOAD, (1e-3, 1e-2), activation, n_steps=3)


def test_noise_of_another_shape_than_the_input_is_no_silence():
    module = ModuleFactory(ACTIVATIONS.get("nrelu"))(4)
    module.noise = torch.zeros(3, 4)
    with pytest.raises(RuntimeError):
        module.train()(torch.zeros(5, 4))


def test_layers_after_an_activation_are_marked_and_no_others():
    from bench_service.workloads.layers import is_after_activation

    linear = [m for _, m in model().named_modules() if isinstance(m, nn.Linear)]
    marked = [m for m in linear if is_after_activation(m)]
    assert [m.in_features for m in marked] == [192, 192]
