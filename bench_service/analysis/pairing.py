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

    def median_call_ns(self, label: str) -> float:
        """The median time of a call over clean rounds; NaN below three of them."""
        times = self.call_ns[label][self.is_clean[label]]
        return float(np.median(times)) if len(times) >= MIN_ROUNDS else float("nan")

    def log_ratio(self, label: str, references: tuple[str, ...]) -> float:
        """Ln of an entry's time over the references' geometric mean, paired by round.

        Hodges-Lehmann over the rounds in which all of them are clean; NaN below three rounds.
        """
        clean = self.is_clean[label].copy()
        for reference in references:
            clean &= self.is_clean[reference]
        if clean.sum() < MIN_ROUNDS:
            return float("nan")
        logs = [np.log(self.call_ns[name][clean]) for name in references]
        difference = np.log(self.call_ns[label][clean]) - np.mean(logs, axis=0)
        return hodges_lehmann(difference)


def view_process(
    process_ix: int, entries: Mapping[str, tuple[int, np.ndarray, np.ndarray]]
) -> ProcessView:
    """A process from its entries: label -> (n_calls, wall_ns, flags).

    A block with any flag is left out, and so is a block that the clock couldn't see.
    """
    call_ns: dict[str, FloatArray] = {}
    is_clean: dict[str, np.ndarray] = {}
    for label, (n_calls, wall_ns, flags) in entries.items():
        call_ns[label] = wall_ns / n_calls
        is_clean[label] = (flags == 0) & (wall_ns > 0)
    return ProcessView(process_ix, call_ns, is_clean)


def is_disturbed(flags: np.ndarray) -> np.ndarray:
    """True where a block is flagged for anything but warming up."""
    return (flags & ~BlockFlag.WARM_UP) != 0
