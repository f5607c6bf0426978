"""One look per activation, which both themes and every eye can tell apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dashboard import colors

LIGHT, DARK = "#FFFFFF", "#171614"
CONTRAST = 3.0
"""What the accessibility guidelines ask of graphics."""


def linear(color):
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    lights = sorted(float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("color", [*colors.COLORS, colors.NEUTRAL])
def test_every_colour_stands_out_on_both_backgrounds(color, background):
    assert contrast(color, background) >= CONTRAST


def test_every_activation_of_the_catalogue_has_a_look_of_its_own():
    from bench_service.activations import ACTIVATIONS

    found = [colors.look(name) for name in ACTIVATIONS.names()]
    assert len({(look.color, look.shape, look.dash) for look in found}) == len(found)


def test_the_first_eight_share_neither_colour_nor_shape():
    eight = [colors.look(name) for name in ("relu", "gelu", "silu", "leaky_relu", "elu", "tanh")]
    for one, other in itertools.combinations(eight, 2):
        assert one.color != other.color
        assert one.shape != other.shape


def test_a_name_looks_the_same_wherever_it_stands():
    assert colors.looks(["gelu", "relu"])[0][1] == colors.looks(["relu"])[0][0]


def test_a_name_that_nobody_knows_has_a_look_too():
    assert colors.look("my_module:swoosh") == colors.look("my_module:swoosh")
    assert colors.look("leaky_relu(slope=0.2)").color in colors.COLORS
