"""How many slices fit into memory at once, and what happens when they don't."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from bench_service.training.result import SliceOutcome, TrainingCase
from bench_service.training.skeleton import Skeleton

MAX_SLICES_CPU = 33
"""Beyond this a step on the CPU gets no cheaper a slice: its tensors have left the cache."""
MAX_SLICES_DEVICE = 512
"""On other devices a step of few slices costs what starting its kernels does, whatever they hold.
Where that ends depends on the device; memory may set a lower limit."""

COPIES_OF_PARAMETERS = 8
"""Of each: itself, its gradient twice, two moments, the best so far, and room for temporaries."""
COPIES_OF_OUTPUTS = 12
"""Of what each activation passes on: what is kept for its gradient, and temporaries."""
BYTES = 4


def bytes_per_slice(skeleton: Skeleton, n_rows: int) -> int:
    """About what a slice needs at once, in bytes, for batches of so many rows."""
    n_parameters = sum(parameter.numel() for parameter in skeleton.model.parameters())
    n_outputs = sum(
        skeleton.row_factors[layer] * math.prod(shape) for layer, shape in skeleton.shapes.items()
    )
    return BYTES * (COPIES_OF_PARAMETERS * n_parameters + COPIES_OF_OUTPUTS * n_rows * n_outputs)


def stacks(
    cases: tuple[TrainingCase, ...], per_slice: int, free_bytes: int, most: int
) -> tuple[tuple[TrainingCase, ...], ...]:
    """The cases in as few stacks of about equal size as memory and ``most`` allow."""
    fitting = max(1, min(most, free_bytes // max(1, per_slice)))
    n_stacks = -(-len(cases) // fitting)
    size = -(-len(cases) // n_stacks)
    return tuple(cases[i : i + size] for i in range(0, len(cases), size))


def is_out_of_memory(error: BaseException) -> bool:
    """True where an allocation failed, on the host or on a device."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "out of memory" in text
    )


def train_in_parts(
    cases: tuple[TrainingCase, ...],
    train: Callable[[tuple[TrainingCase, ...]], tuple[SliceOutcome, ...]],
) -> tuple[SliceOutcome, ...]:
    """What became of the cases; a stack that doesn't fit into memory is halved, and says so.

    ``facts["n_splits"]`` counts how often the stack of a slice was halved. A single slice that
    doesn't fit raises what the allocator raised.
    """
    try:
        return train(cases)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error) or len(cases) == 1:
            raise
    middle = len(cases) // 2
    halves = (cases[:middle], cases[middle:])
    return tuple(
        _split_once_more(outcome) for half in halves for outcome in train_in_parts(half, train)
    )


def _split_once_more(outcome: SliceOutcome) -> SliceOutcome:
    n_splits = int(outcome.facts.get("n_splits", 0)) + 1
    return replace(outcome, facts={**outcome.facts, "n_splits": n_splits})
