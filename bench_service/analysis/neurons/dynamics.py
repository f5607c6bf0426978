"""How units die and come back in the course of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench_service.errors import InputError
from bench_service.result import IntArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Dynamics:
    """Counts of units at checkpoints: arrays of shape (n_checkpoints,).

    A unit that died and came back between two checkpoints isn't seen, so deaths and revivals are
    lower bounds.
    """

    n_units: int
    steps: IntArray
    dead: IntArray
    deaths: IntArray
    """Units that lived at the checkpoint before, and don't now; 0 at the first."""
    revivals: IntArray
    """Units that were dead at the checkpoint before, and aren't now; 0 at the first."""
    born_dead: int | None
    """Units dead at step 0; None where nobody looked then."""
    always_dead: int
    """Units dead at every checkpoint."""
    born_dead_at_end: int | None
    """Units dead at step 0 and at the last checkpoint; None as above."""

    @property
    def share_born_dead(self) -> float | None:
        """Of the units dead at the end, those born dead; None where none is, or nobody looked."""
        dead_at_end = int(self.dead[-1])
        if self.born_dead_at_end is None or dead_at_end == 0:
            return None
        return self.born_dead_at_end / dead_at_end


def dynamics(steps: Sequence[int] | IntArray, dead: BoolArray) -> Dynamics:
    """What became of the units of a mask of shape (n_checkpoints, n_units).

    InputError where there is no checkpoint, or their steps don't rise.
    """
    at = np.asarray(steps, dtype=np.int64)
    if len(at) == 0 or len(at) != len(dead) or (np.diff(at) <= 0).any():
        raise InputError(
            "These checkpoints have no course.",
            got=f"steps {at.tolist()} for {len(dead)} masks",
            allowed="one mask a step, steps in rising order, at least one",
            next_step="leave out slices that diverged before their first checkpoint",
        )
    before, now = dead[:-1], dead[1:]
    was_born = bool(at[0] == 0)
    return Dynamics(
        n_units=dead.shape[1],
        steps=at,
        dead=dead.sum(axis=1, dtype=np.int64),
        deaths=_from_second(now & ~before),
        revivals=_from_second(before & ~now),
        born_dead=int(dead[0].sum()) if was_born else None,
        always_dead=int(dead.all(axis=0).sum()),
        born_dead_at_end=int((dead[0] & dead[-1]).sum()) if was_born else None,
    )


def _from_second(changes: BoolArray) -> IntArray:
    counts: IntArray = np.concatenate(([0], changes.sum(axis=1, dtype=np.int64)))
    return counts
