"""How many calls make a block."""

from __future__ import annotations

from bench_service.timing.stopwatch import Call, Stopwatch

# Disturbances come in pieces of milliseconds: a block of 0.1 to 0.2 ms is hit or clean, and a
# median over many pairs ignores the hits. Blocks of 5 ms were 10 to 20 times less precise at
# equal time (docs/measuring.md).
BLOCK_TARGET_NS = 150_000
ENOUGH_NS = 100_000
N_REPEATS = 5
MAX_CALLS = 1 << 20


def time_call_ns(call: Call, stopwatch: Stopwatch) -> float:
    """The least time of one call over a few blocks long enough to be read, in ns."""
    n_calls = 1
    while True:
        best_ns = stopwatch.time(call, n_calls).wall_ns
        if best_ns >= ENOUGH_NS or n_calls >= MAX_CALLS:
            # A block that only seemed long enough, because it was disturbed, doesn't count.
            best_ns = min(
                best_ns, *(stopwatch.time(call, n_calls).wall_ns for _ in range(N_REPEATS))
            )
            if best_ns >= ENOUGH_NS or n_calls >= MAX_CALLS:
                return max(1.0, best_ns / n_calls)
        n_calls *= 4


def calls_per_block(call_time_ns: float, target_ns: int = BLOCK_TARGET_NS) -> int:
    """The number of calls whose time is nearest to the target, at least one."""
    return min(MAX_CALLS, max(1, round(target_ns / call_time_ns)))
