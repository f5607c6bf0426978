"""Paired log-ratios: every entry against ReLU in the same round of the same process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench_service.analysis.statistics import FloatArray, hodges_lehmann
from bench_service.result import BlockFlag

MIN_ROUNDS = 3


@dataclass(frozen=True)
class ProcessView:
    """One process: time per call in ns and clean rounds, per label, shapes (n_rounds,)."""

    process_ix: int
    call_ns: Mapping[str, FloatArray]
    is_clean: Mapping[str, np.ndarray]
    """Neither warming up nor disturbed."""
    parent: str = ""
    """The interpreter that it was forked from; empty where that isn't known."""

    def median_call_ns(self, label: str) -> float:
        """The median time of a call over clean rounds; NaN below three of them."""
        times = self.call_ns[label][self.is_clean[label]]
        return float(np.median(times)) if len(times) >= MIN_ROUNDS else float("nan")

    def log_ratio(self, label: str, references: tuple[str, ...]) -> float:
        """The ln of an entry's time over the references', paired by round; NaN below three rounds.

        One Hodges-Lehmann location of the paired differences for each reference, over the rounds
        in which both are clean, and their mean. Two equal entries differ symmetrically, whatever
        the noise, so that each location is 0 for equals. The difference to the mean of two
        references isn't symmetric where noise has a long tail: its location called a third ReLU
        1.3 % faster than the other two.
        """
        return float(np.mean([self._paired(label, reference) for reference in references]))

    def _paired(self, label: str, reference: str) -> float:
        clean = self.is_clean[label] & self.is_clean[reference]
        if clean.sum() < MIN_ROUNDS:
            return float("nan")
        logs = np.log(self.call_ns[label][clean]) - np.log(self.call_ns[reference][clean])
        return hodges_lehmann(logs)


def view_process(
    process_ix: int,
    entries: Mapping[str, tuple[int, np.ndarray, np.ndarray]],
    parent: str = "",
) -> ProcessView:
    """A process from its entries: label -> (n_calls, wall_ns, flags).

    A block with any flag is left out, and so is a block that the clock couldn't see.
    """
    call_ns: dict[str, FloatArray] = {}
    is_clean: dict[str, np.ndarray] = {}
    for label, (n_calls, wall_ns, flags) in entries.items():
        call_ns[label] = wall_ns / n_calls
        is_clean[label] = (flags == 0) & (wall_ns > 0)
    return ProcessView(process_ix, call_ns, is_clean, parent)


def is_disturbed(flags: np.ndarray) -> np.ndarray:
    """True where a block is flagged for anything but warming up."""
    return np.asarray(flags & ~BlockFlag.WARM_UP, dtype=bool)
