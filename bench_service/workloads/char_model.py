"""A small transformer that foretells the next character: activations in its feed-forward layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor, nn

from bench_service.workloads.base import (
    KEEPS_WIDTH,
    WORKLOADS,
    ActivationFactory,
    Optimizer,
    Stream,
    Target,
    Task,
    Workload,
)
from bench_service.workloads.char_model_text import ALPHABET, text
from bench_service.workloads.layers import after_activation
from bench_service.workloads.losses import accuracy, cross_entropy
from bench_service.workloads.streams import Arrays, ArrayStream

N_CHARACTERS = 100_000
TEXT_SEED = 0
CONTEXT = 32
WIDTH = 64
N_HEADS = 4
N_LAYERS = 2
HIDDEN = {"width_halved": (256, 128), "width_doubled": (128, 256)}
"""Units before and after the activation: two thirds of what others have after a gate, so that every
feed-forward layer has the same 24,576 weights, as in the paper."""
HIDDEN_OTHERWISE = (192, 192)
BATCH_SIZE = 8
N_STEPS = 240


@cache
def windows() -> Arrays:
    """Characters by their place in the alphabet: windows of shape (3030, 32), and the same one on.

    Windows follow one another through the text without a common character.
    """
    places = torch.tensor([ALPHABET.index(c) for c in text(N_CHARACTERS, TEXT_SEED)])
    cut = places[: len(places) // (CONTEXT + 1) * (CONTEXT + 1)].view(-1, CONTEXT + 1)
    return Arrays(cut[:, :-1].contiguous(), cut[:, 1:].contiguous(), len(ALPHABET))


class Attention(nn.Module):
    """Causal self-attention of several heads, without biases."""

    def __init__(self) -> None:
        super().__init__()
        self.to_heads = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.from_heads = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """What each place takes from itself and those before it: (n, n_places, WIDTH)."""
        n, n_places, _ = x.shape
        heads = self.to_heads(x).view(n, n_places, 3, N_HEADS, WIDTH // N_HEADS)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        later = torch.ones(n_places, n_places, dtype=torch.bool, device=x.device).triu(1)
        scores = query @ key.transpose(-1, -2) / math.sqrt(WIDTH // N_HEADS)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ value
        joined: Tensor = self.from_heads(mixed.transpose(1, 2).reshape(n, n_places, WIDTH))
        return joined


class FeedForward(nn.Module):
    """Two linear maps without biases, with the activation in between; places are rows to it."""

    def __init__(self, activation: ActivationFactory) -> None:
        super().__init__()
        before, after = HIDDEN.get(activation.shape_class, HIDDEN_OTHERWISE)
        self.widen = nn.Linear(WIDTH, before, bias=False)
        self.act = activation(before)
        self.narrow = after_activation(nn.Linear(after, WIDTH, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """A tensor of the shape of x, (n, n_places, WIDTH)."""
        rows: Tensor = self.narrow(self.act(self.widen(x.flatten(0, 1))))
        return rows.view(x.shape)


class CharacterModel(nn.Module):
    """Two layers of attention and feed-forward, each on the normalised sum of those before it."""

    def __init__(self, activation: ActivationFactory) -> None:
        super().__init__()
        self.characters = nn.Embedding(len(ALPHABET), WIDTH)
        self.places = nn.Embedding(CONTEXT, WIDTH)
        self.layers = nn.ModuleList(
            layer for _ in range(N_LAYERS) for layer in (Attention(), FeedForward(activation))
        )
        self.norms = nn.ModuleList(nn.RMSNorm(WIDTH) for _ in range(2 * N_LAYERS + 1))
        self.head = nn.Linear(WIDTH, len(ALPHABET))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of the next character at every place: (n, CONTEXT, n_characters)."""
        found = self.characters(x) + self.places(torch.arange(CONTEXT, device=x.device))
        for norm, layer in zip(self.norms, self.layers, strict=False):
            found = found + layer(norm(found))
        logits: Tensor = self.head(self.norms[-1](found))
        return logits


def loss(prediction: Tensor, y: Tensor) -> Tensor:
    """The mean negative log-likelihood of a character in nats, a scalar."""
    return cross_entropy(prediction.flatten(0, 1), y.flatten())


def bits_per_character(prediction: Tensor, y: Tensor) -> Tensor:
    """The loss in bits, a scalar."""
    return loss(prediction, y) / math.log(2)


def _stream(seeds: Sequence[int]) -> Stream:
    return ArrayStream(windows(), seeds, BATCH_SIZE, held_out_share=0.03)


WORKLOADS.add(
    "char_model",
    Workload(
        name="char_model",
        version=1,
        description="Transformer of two layers that foretells the next character of a text.",
        source="N. Shazeer 2020, GLU variants improve transformer, arXiv:2002.05202: feed-forward "
        "layers without bias, gated ones two thirds as wide; there T5 on C4, here sentences of a "
        "small grammar",
        data=_stream,
        model=CharacterModel,
        task=Task(loss=loss, accuracy=accuracy, further={"bits_per_character": bits_per_character}),
        optimizer=Optimizer(name="adamw", weight_decay=0.01),
        lrs=(1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1),
        default_lr=1e-3,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        n_evaluations=16,
        n_checkpoints=5,
        n_probe=16,
        chance=math.log(len(ALPHABET)),
        # All of 20 seeds of ReLU get there at 3.16e-3, half of them within 105 steps.
        target=Target(metric="val_loss", value=1.6, version=1),
        accepts=KEEPS_WIDTH | {"width_halved", "width_doubled"},
        slice_step_us=6200.0,
    ),
)
