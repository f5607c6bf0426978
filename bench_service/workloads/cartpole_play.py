"""Deep Q-learning of many slices at once: each has a cart, a replay memory and luck of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from bench_service.seeds import seed_of
from bench_service.workloads.base import Batch, Networks
from bench_service.workloads.cartpole_cart import LONGEST, N_ACTIONS, N_OBSERVED, Cart, Floats
from bench_service.workloads.cartpole_replay import Integers, Replay

Lengths = npt.NDArray[np.float64]

DISCOUNT = 0.99
CAPACITY = 10_000
N_RANDOM = 500
"""Steps by chance before the first one that is learnt from."""
FIRST_CHANCE, LAST_CHANCE = 1.0, 0.05
CHANCE_STEPS = 1500
"""Steps in which the share of actions by chance falls from its first to its last value."""
ACTIONS_PER_STEP = 4
"""Of each cart, for one step of training."""
STEPS_BETWEEN_COPIES = 200
"""Of the networks that say what the next state is worth."""
N_EPISODES = 5
"""That a slice is judged by."""


class QLearning:
    """What slices learn from: their own transitions, valued by networks of a while ago."""

    def __init__(self, seeds: Sequence[int], batch_size: int) -> None:
        self._seeds = tuple(seeds)
        self._batch_size = batch_size
        self._carts = [Cart(seed_of(seed, "episodes")) for seed in seeds]
        self._luck = [np.random.default_rng(seed_of(seed, "exploration")) for seed in seeds]
        self._draws = [np.random.default_rng(seed_of(seed, "replay")) for seed in seeds]
        self._replay = Replay(len(seeds), CAPACITY, N_OBSERVED)
        self._earlier: Networks | None = None

    def batch(self, step: int, networks: Networks) -> Batch:
        """Observations (n_slices, batch_size, 4), and for each the action and what it is worth."""
        if step == 0:
            for _ in range(N_RANDOM):
                self._act(None, 1.0)
        if self._earlier is None or step % STEPS_BETWEEN_COPIES == 0:
            self._earlier = networks.frozen()
        for _ in range(ACTIONS_PER_STEP):
            self._act(networks, chance_at(step))
        past = self._replay.sample(self._draws, self._batch_size)
        ahead = self._earlier(torch.from_numpy(past.after)).amax(-1)
        worth = 1 + DISCOUNT * ahead * torch.from_numpy(~past.has_fallen)
        action = torch.from_numpy(past.action).to(worth.dtype)
        return Batch(torch.from_numpy(past.before), torch.stack([action, worth], dim=-1))

    def scores(
        self, split: Literal["val", "test"], step: int, networks: Networks
    ) -> dict[str, Tensor]:
        """``accuracy`` is how long episodes by the best action last on average, as a share of 500.

        ``loss`` is what is missing to 1: (n_slices,) each.
        """
        del step
        share = torch.from_numpy(mean_lengths(self._seeds, split, networks)) / LONGEST
        return {"loss": 1 - share, "accuracy": share}

    def _act(self, networks: Networks | None, chance: float) -> None:
        before = np.stack([cart.observed for cart in self._carts])
        action = by_chance = np.array([int(luck.integers(N_ACTIONS)) for luck in self._luck])
        is_chance = np.array([luck.random() < chance for luck in self._luck])
        if networks is not None:
            action = np.where(is_chance, by_chance, best_actions(networks, before[:, None])[:, 0])
        steps = [cart.step(int(a)) for cart, a in zip(self._carts, action, strict=True)]
        after, has_fallen, _ = zip(*steps, strict=True)
        self._replay.add(before, action, np.stack(after), np.array(has_fallen))


def chance_at(step: int) -> float:
    """The share of actions by chance, falling in a line and then constant."""
    share = min(1.0, step / CHANCE_STEPS)
    return FIRST_CHANCE + share * (LAST_CHANCE - FIRST_CHANCE)


def best_actions(networks: Networks, observed: Floats) -> Integers:
    """The action of the highest value for observations (n_slices, n, 4): (n_slices, n)."""
    found: Integers = networks(torch.from_numpy(observed)).argmax(-1).numpy()
    return found


def mean_lengths(seeds: Sequence[int], split: str, networks: Networks) -> Lengths:
    """Steps until the pole falls by the best action, on average over episodes: (n_slices,).

    Episodes begin where the seed and the split say, the same at every step of training.
    """
    carts = [[Cart(seed_of(s, split, k)) for k in range(N_EPISODES)] for s in seeds]
    lengths = np.zeros((len(seeds), N_EPISODES))
    runs = np.ones_like(lengths, dtype=bool)
    while runs.any():
        observed = np.stack([[cart.observed for cart in own] for own in carts])
        actions = best_actions(networks, observed)
        for place in zip(*runs.nonzero(), strict=True):
            i, k = map(int, place)
            _, _, is_over = carts[i][k].step(int(actions[i, k]))
            lengths[i, k] += 1
            runs[i, k] = not is_over
    means: Lengths = lengths.mean(axis=1)
    return means
