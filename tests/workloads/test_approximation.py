"""Functions of one variable, and what is known of their approximation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.approximation import CURVES, largest_error

WIDTHS = {
    "approx_square": 64, "approx_abs": 64, "approx_step": 64, "approx_sine": 64,
    "approx_square_4": 4, "approx_square_16": 16,
}  # fmt: skip
FORMULAS = {
    "square": np.square, "abs": np.abs, "step": np.sign, "sine": lambda x: np.sin(2 * np.pi * x),
}  # fmt: skip


def points(name):
    found = CURVES[name].points()
    return found.x.double().numpy()[:, 0], found.y.double().numpy()[:, 0]


@pytest.mark.parametrize("name", list(CURVES))
def test_a_function_is_its_formula_but_for_a_shift_and_a_scale(name):
    x, y = points(name)
    assert (x.min(), x.max(), len(x)) == (-511 / 512, 511 / 512, 512)
    assert np.corrcoef(y, FORMULAS[name](x))[0, 1] == pytest.approx(1, abs=1e-9)
    # means of 512 midpoints are good to 1 / 512^2 and better
    assert y.mean() == pytest.approx(0, abs=1e-4)
    assert np.square(y).mean() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "left"), [("square", 1), ("abs", 1), ("step", 1 / 4), ("sine", 0.848018)]
)
def test_what_the_best_line_leaves_is_that_of_least_squares(name, left):
    x, y = points(name)
    slope, intercept = np.polyfit(x, y, 1)
    assert np.square(y - slope * x - intercept).mean() == pytest.approx(left, abs=1e-4)
    assert CURVES[name].best_linear == pytest.approx(left, abs=1e-6)
    assert WORKLOADS.get(f"approx_{name}").facts["best_linear"] == CURVES[name].best_linear


def test_the_largest_error_is_the_largest_distance_on_either_side():
    prediction, y = torch.tensor([[1.0], [2.0], [-3.0]]), torch.tensor([[1.5], [2.0], [-1.0]])
    assert largest_error(prediction, y).item() == 2.0


@pytest.mark.parametrize(("name", "width"), WIDTHS.items())
def test_there_is_one_hidden_layer_with_weights_and_biases(name, width):
    found = build(WORKLOADS.get(name), ACTIVATIONS.get("relu"), torch.zeros(2, 1))
    assert found.shapes == {"act1": (width,)}
    assert sum(p.numel() for p in found.model.parameters()) == 3 * width + 1


@pytest.mark.parametrize("name", list(CURVES))
def test_a_network_without_non_linearity_stays_at_the_best_line(name):
    """On 102 validation points, whose variance differs from that of all by about a tenth."""
    workload = replace(WORKLOADS.get(f"approx_{name}"), n_steps=300, n_evaluations=10)
    for outcome in trained(workload, crossed([1e-2], [0, 1]), "identity").values():
        assert outcome.val_loss == pytest.approx(CURVES[name].best_linear, rel=0.25)
        assert outcome.val_loss > 0.2


def test_relu_comes_close_to_a_parabola_and_says_by_how_much_at_most():
    workload = replace(WORKLOADS.get("approx_square"), n_steps=300, n_evaluations=10)
    for outcome in trained(workload, crossed([3.16e-2], [0, 1]), "relu").values():
        assert outcome.val_loss < 2e-3
        assert math.sqrt(outcome.val_loss) < outcome.facts["largest_error"] < 0.5


@pytest.mark.parametrize("name", ["approx_square_4", "approx_sine"])
def test_a_stack_trains_it_as_a_plain_loop_does(name):
    assert_trains_as_a_plain_loop(WORKLOADS.get(name), (1e-2, 1e-1))
