"""The cart, the replay memory, and deep Q-learning's numbers by hand."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
import torch

from bench_service.workloads.cartpole_cart import LONGEST, SCALES, Cart
from bench_service.workloads.cartpole_play import QLearning, chance_at, mean_lengths
from bench_service.workloads.cartpole_replay import Replay


class Constant:
    """Networks that say the same of every state: a value for left and one for right."""

    def __init__(self, left, right):
        self.values = torch.tensor([left, right])

    def __call__(self, x):
        return self.values.expand(*x.shape[:2], 2)

    def frozen(self):
        return self


class Balancing:
    """Networks that push to where the pole falls and the cart runs."""

    def __call__(self, x):
        place, speed, angle, turning = (x * torch.from_numpy(SCALES)).unbind(-1)
        pull = angle + 0.5 * turning + 0.05 * place + 0.1 * speed
        return torch.stack([-pull, pull], dim=-1)

    def frozen(self):
        return self


def test_a_cart_moves_as_gymnasium_s_own_and_begins_anew_with_the_same_luck():
    world = gymnasium.make("CartPole-v1")
    expected, _ = world.reset(seed=7)
    cart = Cart(7)
    assert cart.observed == pytest.approx(expected / SCALES)
    n_episodes = 0
    for step in range(200):
        after, _, has_fallen, _, _ = world.step(step // 3 % 2)
        found, cart_has_fallen, is_over = cart.step(step // 3 % 2)
        assert found == pytest.approx(after / SCALES)
        assert cart_has_fallen is has_fallen
        assert is_over is has_fallen
        if has_fallen:
            n_episodes += 1
            after, _ = world.reset()
        assert cart.observed == pytest.approx(after / SCALES)
    assert n_episodes > 1


def test_an_episode_ends_after_500_steps_though_the_pole_stands():
    assert mean_lengths((0, 1), "val", Balancing()).tolist() == [LONGEST, LONGEST]
    cart, policy = Cart(0), Balancing()
    for step in range(1, LONGEST + 1):
        action = int(policy(torch.from_numpy(cart.observed)[None, None]).argmax())
        _, has_fallen, is_over = cart.step(action)
        assert not has_fallen
        assert is_over is (step == LONGEST)


def test_who_always_pushes_one_way_falls_within_ten_steps_or_so():
    lengths = mean_lengths((0, 1), "test", Constant(1.0, 0.0))
    assert ((lengths >= 8) & (lengths <= 11)).all()


def test_scores_are_a_share_of_500_steps_and_what_is_missing_to_all():
    play = QLearning((3, 4), 8)
    scores = play.scores("val", 0, Balancing())
    assert scores["accuracy"].tolist() == [1.0, 1.0]
    assert scores["loss"].tolist() == [0.0, 0.0]
    short = play.scores("val", 0, Constant(0.0, 1.0))
    assert (short["accuracy"] + short["loss"]).tolist() == pytest.approx([1.0, 1.0])
    assert short["accuracy"].max() < 0.03


def test_an_action_is_worth_its_reward_and_the_best_value_to_come_unless_the_pole_fell():
    x, y = QLearning((3, 4), 500).batch(0, Constant(2.0, 10.0))
    assert x.shape == (2, 500, 4)
    assert set(y[..., 0].unique().tolist()) == {0, 1}
    worths, counts = y[..., 1].unique(return_counts=True)
    assert worths.tolist() == pytest.approx([1.0, 1 + 0.99 * 10.0])
    assert counts[0] / counts.sum() == pytest.approx(1 / 22, abs=0.02)  # episodes take 22 steps


def test_the_next_state_is_valued_by_networks_of_a_while_ago():
    class Later(Constant):
        def frozen(self):
            return Constant(5.0, 5.0)

    play = QLearning((3,), 50)
    play.batch(0, Later(0.0, 0.0))
    found = play.batch(1, Constant(7.0, 7.0)).y[..., 1].unique()
    assert found.max().item() == pytest.approx(1 + 0.99 * 5)
    renewed = play.batch(200, Constant(7.0, 7.0)).y[..., 1].unique()
    assert renewed.max().item() == pytest.approx(1 + 0.99 * 7)


def test_chance_falls_in_a_line_from_all_to_a_twentieth():
    assert [chance_at(step) for step in (0, 750, 1500, 9000)] == pytest.approx(
        [1, 0.525, 0.05, 0.05]
    )


def test_late_in_training_nineteen_of_twenty_actions_are_the_best_ones():
    play = QLearning(tuple(range(20)), 500)
    networks = Constant(1.0, 0.0)
    play.batch(0, networks)
    for step in range(2000, 2500):
        play.batch(step, networks)
    left = play._replay._kept.action[:, 600:2500] == 0
    n = left.size
    assert abs(left.mean() - 0.975) < 5 * (0.975 * 0.025 / n) ** 0.5  # half of chance is left


def test_a_full_memory_forgets_its_oldest_and_draws_from_each_slice_s_own():
    replay = Replay(2, 3, 1)
    for number in range(5):
        values = np.array([[number], [number + 100]], dtype=np.float32)
        replay.add(values, np.array([0, 1]), values + 0.5, np.array([False, number == 4]))
    found = replay.sample([np.random.default_rng(seed) for seed in (0, 1)], 200)
    assert set(found.before[0].ravel()) == {2, 3, 4}
    assert set(found.before[1].ravel()) == {102, 103, 104}
    assert found.after == pytest.approx(found.before + 0.5)
    assert (found.action == np.array([[0], [1]])).all()
    assert (found.has_fallen[1] == (found.before[1, :, 0] == 104)).all()


def test_a_memory_that_isn_t_full_draws_what_it_has():
    replay = Replay(1, 10, 1)
    one = np.ones((1, 1), dtype=np.float32)
    replay.add(one, np.array([1]), one, np.array([True]))
    found = replay.sample([np.random.default_rng(0)], 50)
    assert (found.before == 1).all()
    assert found.has_fallen.all()
