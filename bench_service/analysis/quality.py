"""How far a timing can be trusted, in one word and the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from bench_service.analysis.statistics import Estimate
from bench_service.analysis.verdict import SMALLEST_OF_INTEREST

CERTIFIED_HALF_WIDTH = 0.01
STABLE_HALF_WIDTH = 0.025
MIN_PROCESSES = 6
MAX_FLAGGED_SHARE = 0.20
CERTIFIED_FLAGGED_SHARE = 0.05
# Copying reads and writes each byte once. Out-of-place results share memory that the allocator
# hands round and that is warmer than the copy's own: up to 1.6 times its speed was seen at sizes
# between the caches (docs/measuring.md), so only what is beyond that is called impossible.
IMPOSSIBLE_OVER_COPY = 2.0


class Quality(StrEnum):
    """Quality of a timing."""

    CERTIFIED = "certified"
    STABLE = "stable"
    UNSTABLE = "unstable"
    INVALID = "invalid"


@dataclass(frozen=True)
class Evidence:
    """What the quality of a case is judged by."""

    log_ratio: Estimate
    aa: Estimate
    """ReLU against itself in the same rounds, as a log-ratio."""
    n_processes: int
    flagged_share: float
    fraction_of_copy: float
    """By the bytes that can't be avoided; NaN where none have to be moved or the size is ruled by
    the price of a call."""
    below_floor: bool
    """Faster than a call that does nothing."""
    counters_reason: str = ""
    """What was seen in the children that makes the times worthless."""


def judge(evidence: Evidence) -> tuple[Quality, str]:
    """The quality and its reason; the reason is empty for a certified timing."""
    invalid = _why_invalid(evidence)
    if invalid:
        return Quality.INVALID, invalid
    unstable = _why_unstable(evidence)
    if unstable:
        return Quality.UNSTABLE, unstable
    doubts = _why_not_certified(evidence)
    return (Quality.STABLE, doubts) if doubts else (Quality.CERTIFIED, "")


def _why_invalid(evidence: Evidence) -> str:
    if evidence.counters_reason:
        return evidence.counters_reason
    if evidence.below_floor:
        return "faster than a call that does nothing: the work was optimised away"
    if evidence.fraction_of_copy > IMPOSSIBLE_OVER_COPY:
        return (
            f"impossible bandwidth: {evidence.fraction_of_copy:.2f} times that of a plain copy in "
            "the same rounds"
        )
    return ""


def _why_unstable(evidence: Evidence) -> str:
    half_width = evidence.log_ratio.half_width
    if evidence.n_processes < MIN_PROCESSES or math.isnan(half_width):
        return f"only {evidence.n_processes} processes; {MIN_PROCESSES} are needed"
    if evidence.flagged_share > MAX_FLAGGED_SHARE:
        return f"{evidence.flagged_share:.0%} of the blocks were disturbed by the machine"
    if not aa_holds(evidence.aa):
        return f"ReLU differed from itself by {math.expm1(evidence.aa.value):+.1%} in these rounds"
    if half_width > STABLE_HALF_WIDTH:
        return f"the interval is +-{half_width:.1%} wide; more processes would narrow it"
    return ""


def _why_not_certified(evidence: Evidence) -> str:
    half_width = evidence.log_ratio.half_width
    if half_width > CERTIFIED_HALF_WIDTH:
        return f"the interval is +-{half_width:.1%} wide; certified is +-{CERTIFIED_HALF_WIDTH:.0%}"
    if evidence.flagged_share > CERTIFIED_FLAGGED_SHARE:
        return f"{evidence.flagged_share:.0%} of the blocks were disturbed by the machine"
    return ""


def aa_holds(aa: Estimate) -> bool:
    """True where ReLU's ratio to itself is 1 within its interval or within 1 %.

    Not within the verdicts' margin: that one grows with what the check finds, and always holds it.
    """
    return not math.isnan(aa.value) and (
        aa.low <= 0 <= aa.high or abs(aa.value) <= SMALLEST_OF_INTEREST
    )
