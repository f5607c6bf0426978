"""Two spirals: apart everywhere, and no straight line between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from tiny_workloads import crossed, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.spirals import BEST_LINEAR_LOSS, INNER_RADIUS, NOISE, spirals

SPIRALS = WORKLOADS.get("spirals")


def test_there_are_1000_points_of_each_spiral_within_the_unit_circle():
    points = spirals()
    assert points.x.shape == (2000, 2)
    assert points.y.bincount().tolist() == [1000, 1000]
    radius = points.x.norm(dim=1)
    assert radius.min() > INNER_RADIUS - 6 * NOISE
    assert radius.max() < 1 + 6 * NOISE


def test_one_spiral_is_the_other_turned_by_half_a_circle():
    """Turned, each point of one lies among points of the other: on the same line, noise apart."""
    points = spirals()
    apart = torch.cdist(-points.x[points.y == 1], points.x[points.y == 0]).min(1).values
    assert apart.max() < 6 * NOISE


def test_the_spirals_are_apart():
    """So far that every point's nearest neighbour is of its own spiral."""
    points = spirals()
    between = torch.cdist(points.x[points.y == 1], points.x[points.y == 0])
    assert between.min() > 0.05
    distances = torch.cdist(points.x, points.x).fill_diagonal_(torch.inf)
    assert torch.equal(points.y[distances.argmin(1)], points.y)


def test_the_best_line_is_what_logistic_regression_finds():
    points = spirals()
    line = LogisticRegression(C=1e6).fit(points.x.numpy(), points.y.numpy())
    found = log_loss(points.y.numpy(), line.predict_proba(points.x.numpy()))
    assert found == pytest.approx(BEST_LINEAR_LOSS, abs=1e-3)
    assert SPIRALS.facts["best_linear"] == BEST_LINEAR_LOSS


def test_it_has_4482_parameters():
    found = build(SPIRALS, ACTIVATIONS.get("relu"), torch.zeros(2, 2))
    # 2 x 64 + 64, 64 x 64 + 64, 64 x 2 + 2
    assert sum(p.numel() for p in found.model.parameters()) == 192 + 4160 + 130


def test_a_network_without_non_linearity_stays_near_chance_and_one_of_relu_learns():
    """No line is better on validation data than what it was found on but by luck: 400 points."""
    workload = replace(SPIRALS, n_steps=450, n_evaluations=5)
    cases = crossed([3.16e-2], [0, 1, 2])
    for outcome in trained(workload, cases, "identity").values():
        assert outcome.val_loss > BEST_LINEAR_LOSS - 0.02
        assert outcome.val_accuracy < 0.65
    for outcome in trained(workload, cases, "relu").values():
        assert outcome.val_accuracy > 0.95


def test_a_stack_trains_it_as_a_plain_loop_does():
    assert_trains_as_a_plain_loop(SPIRALS, (1e-3, 1e-2))
