"""Rotation through sets of buffers, so that a device's cache holds nothing of the next call."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from bench_service.timing.stopwatch import Call

# Between two uses of a set, this many times the last-level cache has gone through it.
CACHE_TURNOVERS = 4

# More sets than a block has calls bring nothing: reading through the cache before each block does
# the rest (``needs_sweep``).
MAX_SETS = 512


def sets_to_rotate(bytes_per_call: int, cache_bytes: int) -> int:
    """The number of sets that makes every call find its buffers outside the cache.

    From one use of a buffer to its next, more than ``CACHE_TURNOVERS`` caches go by. One set does
    where a single call moves as much; buffers too small for that give ``MAX_SETS``.
    """
    return min(MAX_SETS, CACHE_TURNOVERS * cache_bytes // max(1, bytes_per_call) + 1)


def copies(x: Tensor, n: int) -> tuple[Tensor, ...]:
    """``n`` tensors with the values and layout of ``x``, in memory of their own; ``x`` is first."""
    others = (x.detach().clone().requires_grad_(x.requires_grad) for _ in range(n - 1))
    return (x, *others)


class RotatingCall:
    """Calls taken in turn, one per call.

    The last result of every set lives until the set's next turn, so that results rotate through
    memory as inputs do.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = tuple(calls)
        self._results: list[object] = [None] * len(self._calls)
        self._next = 0

    @property
    def n_sets(self) -> int:
        """How many sets of buffers take turns."""
        return len(self._calls)

    def __call__(self) -> object:
        """The result of the set whose turn it is."""
        index = self._next
        result = self._results[index] = self._calls[index]()
        self._next = (index + 1) % len(self._calls)
        return result


def rotating(calls: Sequence[Call]) -> Call:
    """A call that takes the given ones in turn; a single one is returned as it is."""
    return RotatingCall(calls) if len(calls) > 1 else calls[0]


def n_sets_of(call: Call) -> int:
    """How many sets of buffers a call rotates through; 1 for a call that doesn't."""
    return call.n_sets if isinstance(call, RotatingCall) else 1


def needs_sweep(call: Call) -> bool:
    """True where the sets are too small and too few to turn the cache over by themselves."""
    return n_sets_of(call) >= MAX_SETS
