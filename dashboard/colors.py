"""One look per activation on every page: colour, shape and dash, so that colour is never alone.

The hues are those of Okabe and Ito, moved until each has a contrast of 3 to 1 against the light
and the dark background and pairs stay apart for the common colour-vision deficiencies. Grey is
left to references.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

COLORS = (
    "#4B44F9",  # indigo
    "#D44200",  # vermillion
    "#019565",  # green
    "#C48A09",  # gold
    "#A1659B",  # mauve
    "#1F98FF",  # sky
    "#7A49BE",  # purple
    "#6C7205",  # olive
)
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)
DASHES = ((1, 0), (6, 3), (2, 2), (9, 3, 2, 3), (12, 4))

NEUTRAL = "#808489"
"""Reference lines and whatever belongs to no activation; readable on both backgrounds."""

COPY = "copy"
"""The entry that only moves the bytes."""

# The order decides the look: eight that share no colour, then eight more, and so on. Those that
# share one are rarely near each other. A new name goes to the end.
_KNOWN = (
    "relu", "gelu", "silu", "leaky_relu", "elu", "tanh", "selu", "mish",
    "sigmoid", "relu6", "hardtanh", "softplus", "prelu_shared", "hardswish", "celu", "hardsigmoid",
    "relu2", "gelu_tanh", "swish_beta", "rrelu", "prelu_channel", "softsign", "abs", "quick_gelu",
    "crelu", "relu1", "thresholded_relu", "srelu_shifted", "starrelu", "flexible_frelu", "nrelu",
    "funnel_frelu", "isrlu", "squareplus", "logsigmoid", "lisht", "hard_mish", "flatten_t_swish",
    "penalized_tanh", "erf", "hardshrink", "softshrink", "tanhshrink", "identity", "sine",
    "glu", "bilinear", "reglu", "geglu", "swiglu",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How an activation is drawn."""

    color: str
    shape: str
    dash: tuple[int, ...]


def look(label: str) -> Look:
    """The look of an activation: from the table, or from its name where the table lacks it."""
    known = label in _KNOWN
    index = _KNOWN.index(label) if known else crc32(label.encode()) % 64
    hue, turn = index % len(COLORS), index // len(COLORS)
    return Look(
        COLORS[hue],
        SHAPES[(hue + turn) % len(SHAPES)],
        DASHES[(hue + turn) % len(DASHES)],
    )


def looks(labels: Sequence[str]) -> tuple[list[str], list[str], list[list[int]]]:
    """Colours, shapes and dashes of these activations: the ranges of three scales."""
    found = [look(label) for label in labels]
    return (
        [each.color for each in found],
        [each.shape for each in found],
        [list(each.dash) for each in found],
    )
