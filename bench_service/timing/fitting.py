"""How many rounds fit into a child's time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench_service.suite import TimingSuite
from bench_service.timing.stopwatch import N_PRIMING_CALLS

MIN_ROUNDS = 4
FEW_ROUNDS = 10
WARM_UP_ROUNDS = 3
# In rounds, a call takes longer than at its best in a row: other entries have had the caches since.
# Of 24 groups, 1,024 to 1,048,576 elements and all passes, rounds took 0.9 to 1.3 times what these
# two constants predict (docs/measuring.md).
SLOWER_IN_ROUNDS = 1.15
# Reading the counters and the clock, drawing the order, writing the readings down.
BESIDE_BLOCK_NS = 10_000


@dataclass(frozen=True)
class Rounds:
    """The rounds of a child."""

    n_warm_up: int
    n_measured: int
    round_ns: float

    @property
    def total_ns(self) -> float:
        """About how long they take together."""
        return (self.n_warm_up + self.n_measured) * self.round_ns


def fitting_rounds(blocks: Iterable[tuple[int, float]], timing: TimingSuite) -> Rounds:
    """The rounds that fit, those that warm up among them; never fewer than ``MIN_ROUNDS``.

    ``blocks`` has (calls in a block, least time of a call in ns) of every entry.
    """
    in_rounds_ns = (
        SLOWER_IN_ROUNDS * (n_calls + N_PRIMING_CALLS) * call_time_ns + BESIDE_BLOCK_NS
        for n_calls, call_time_ns in blocks
    )
    round_ns = max(1.0, sum(in_rounds_ns))
    fitting = int(timing.child_ms * 1e6 / round_ns)
    n_warm_up = WARM_UP_ROUNDS if fitting >= FEW_ROUNDS + WARM_UP_ROUNDS else 1
    n_measured = max(MIN_ROUNDS, min(timing.max_rounds, fitting - n_warm_up))
    return Rounds(n_warm_up, n_measured, round_ns)
