"""What slices have seen so far, a row of all of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench_service.workloads.cartpole_cart import Floats

Integers = npt.NDArray[np.int64]


class Transitions(NamedTuple):
    """Arrays of shape (n_slices, n, ...)."""

    before: Floats
    """Observations: (n_slices, n, n_observed)."""
    action: Integers
    after: Floats
    """What was observed next, before anything began anew."""
    has_fallen: npt.NDArray[np.bool_]
    """The episode ended by what was done, and not because time was up."""


class Replay:
    """The latest transitions of every slice: as many of each, for all act at once."""

    def __init__(self, n_slices: int, capacity: int, n_observed: int) -> None:
        self._kept = Transitions(
            np.zeros((n_slices, capacity, n_observed), dtype=np.float32),
            np.zeros((n_slices, capacity), dtype=np.int64),
            np.zeros((n_slices, capacity, n_observed), dtype=np.float32),
            np.zeros((n_slices, capacity), dtype=np.bool_),
        )
        self._capacity = capacity
        self._n_seen = 0

    def add(
        self, before: Floats, action: Integers, after: Floats, has_fallen: npt.NDArray[np.bool_]
    ) -> None:
        """Keep a transition of every slice, in place of the oldest one where it is full."""
        place, kept = self._n_seen % self._capacity, self._kept
        kept.before[:, place] = before
        kept.action[:, place] = action
        kept.after[:, place] = after
        kept.has_fallen[:, place] = has_fallen
        self._n_seen += 1

    def sample(self, generators: Sequence[np.random.Generator], n: int) -> Transitions:
        """For every slice, n of its transitions by its own generator, some more than once."""
        n_kept = min(self._n_seen, self._capacity)
        rows = np.stack([generator.integers(n_kept, size=n) for generator in generators])
        at = np.arange(len(rows))[:, None], rows
        before, action, after, has_fallen = self._kept
        return Transitions(before[at], action[at], after[at], has_fallen[at])
