"""How much the machine itself changed from one run to another, by what only the machine rules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench_service.analysis.statistics import Estimate
from bench_service.analysis.timing import GroupView


@dataclass(frozen=True)
class Drift:
    """Logarithms of head's time over base's in the rounds of one group; NaN where not timed."""

    copy: float
    """Of the plain copy: the speed of memory."""
    floor: float
    """Of the call that does nothing: the speed of calling."""

    @property
    def of_times(self) -> float:
        """How far a time may have moved by the machine alone, either way."""
        return max(_known(self.copy), _known(self.floor))

    @property
    def of_ratios(self) -> float:
        """How far a ratio may have: what is left when both sides of it slow down unequally."""
        return _known(self.copy - self.floor)

    def explains(self, change: Estimate, reach: float) -> bool:
        """True where the change's interval meets what the machine alone may have brought about."""
        return change.low <= reach and change.high >= -reach


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else abs(value)


def drift(base: GroupView, head: GroupView) -> Drift:
    """The drift between two runs of one group."""
    return Drift(
        *(_mean_log_ns(head, role) - _mean_log_ns(base, role) for role in ("copy", "floor"))
    )


def _mean_log_ns(view: GroupView, role: str) -> float:
    """The mean over processes, as a change of times takes it."""
    label = view.label_of_role.get(role)
    times = view.times(label) if label is not None else np.array([])
    return float(np.log(times).mean()) if len(times) else math.nan
