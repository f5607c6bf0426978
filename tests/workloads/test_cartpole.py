"""CartPole as a workload: what a network learns from, and that a stack plays as a network alone."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, curve, trained

from bench_service.workloads import WORKLOADS
from bench_service.workloads.cartpole import played_by_chance, temporal_difference

WORKLOAD = WORKLOADS.get("cartpole")


def test_the_loss_is_huber_s_of_the_value_of_the_action_taken():
    """Mnih et al. 2015: half the square up to an error of 1, and less than the error by a half."""
    prediction = torch.tensor([[5.0, 1.0], [2.0, 7.0]])
    y = torch.tensor([[1.0, 1.5], [0.0, 4.0]])  # errors of 0.5 and 2
    assert temporal_difference(prediction, y).item() == pytest.approx((0.125 + 1.5) / 2)
    assert temporal_difference(prediction.flip(1), y).item() == pytest.approx((3.0 + 2.5) / 2)


def test_what_an_action_by_chance_brings_in_are_the_discounted_steps_to_the_end():
    y = played_by_chance().y
    assert set(y[:, 0].tolist()) == {0, 1}
    left = torch.log1p(-0.01 * y[:, 1].double()) / np.log(0.99)  # of (1 - 0.99^n) / 0.01
    steps = left.round().int().tolist()
    assert left.numpy() == pytest.approx(steps, abs=0.02)
    for now, then in itertools.pairwise(steps):
        assert then == now - 1 or now == 1
    assert min(steps) == 1


def test_a_player_by_chance_lasts_as_long_as_chance_is_said_to_be():
    """An episode by chance takes 22 steps with a deviation of 12 (gymnasium, 3,000 episodes)."""
    steps = played_by_chance().y[:, 1] == 1
    n_episodes = int(steps.sum())
    assert abs(2000 / n_episodes - 500 * WORKLOAD.chance) < 4 * 12 / n_episodes**0.5


@pytest.mark.parametrize("activation", ["relu", "nrelu"])
def test_a_stack_plays_and_learns_as_a_network_alone(activation):
    assert_trains_as_a_plain_loop(WORKLOAD, (1e-3, 1e-2), activation, n_steps=6)


def test_slices_of_one_seed_play_the_same_game_until_their_networks_differ():
    """At a rate of 0 they never do."""
    few = replace(WORKLOAD, n_steps=5, n_evaluations=5)
    found = trained(few, crossed([0.0, 1e-3], [0, 1]))
    again = trained(few, crossed([0.0], [1]))
    assert curve(found[0.0, 1], "train", "loss") == pytest.approx(
        curve(again[0.0, 1], "train", "loss"), rel=1e-4
    )
    assert curve(found[0.0, 0], "train", "loss") != curve(found[0.0, 1], "train", "loss")
    assert curve(found[0.0, 0], "train", "loss")[0] == curve(found[1e-3, 0], "train", "loss")[0]
    assert curve(found[0.0, 0], "train", "loss")[1:] != curve(found[1e-3, 0], "train", "loss")[1:]


@pytest.mark.slow
def test_relu_learns_to_balance():
    few = replace(WORKLOAD, n_steps=1600, n_evaluations=4)
    outcomes = trained(few, crossed([1e-3], [0, 1, 2])).values()
    assert max(outcome.test_accuracy for outcome in outcomes) > 0.2
    for outcome in outcomes:
        accuracy, loss = (np.array(curve(outcome, "val", m)) for m in ("accuracy", "loss"))
        assert loss == pytest.approx(1 - accuracy)
