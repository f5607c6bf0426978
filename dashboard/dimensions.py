"""What all rows of a comparison share, other than size and pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from dashboard import words

T = TypeVar("T")


@dataclass(frozen=True)
class Dimension:
    """A column of the cases that has one value throughout a comparison."""

    column: str
    label: str
    preferred: tuple[object, ...]
    """Values that come before others where nobody chose."""
    names: dict[str, str] | None = None
    is_default_of_page: bool = False
    """Pages prefer different values."""

    def name(self, value: object) -> str:
        """A value as the page and its address name it."""
        return (self.names or {}).get(str(value), str(value))


DIMENSIONS = (
    Dimension("backend", "Backend", ("cuda-eager", "cpu-eager")),
    Dimension("dtype", "Data type", ("float32",)),
    Dimension("threads", "Threads", (1,)),
    Dimension("condition", "Condition", tuple(words.CONDITIONS), words.CONDITIONS),
    Dimension("input", "Input", ("normal",)),
    Dimension("layout", "Layout", ("contiguous",)),
)


def of_training(workloads: Sequence[str]) -> tuple[Dimension, ...]:
    """What all slices of a comparison share, other than learning rate and seed.

    ``workloads`` are those that the page prefers.
    """
    return (
        Dimension("workload", "Workload", tuple(workloads), is_default_of_page=True),
        Dimension("workload_version", "Version", ()),
        Dimension("backend", "Backend", ("cuda-eager", "cpu-eager")),
        Dimension("init", "Initialisation", tuple(words.INITS), words.INITS),
        Dimension("optimizer", "Optimiser", ()),
    )


def ordered(values: Sequence[T], preferred: Sequence[object]) -> list[T]:
    """The preferred values first, in that order, then the others by name."""
    rank = {value: index for index, value in enumerate(preferred)}
    return sorted(values, key=lambda value: (rank.get(value, len(rank)), str(value)))
