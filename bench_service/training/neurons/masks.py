"""Which units met a definition, a bit each. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bench_service.training.result import NeuronMask

BoolArray = npt.NDArray[np.bool_]


def pack(
    layer: str, metric: str, steps: Sequence[int], masks: BoolArray, finite: BoolArray
) -> NeuronMask:
    """The masks of one slice, of shape (n_checkpoints, n_units), without its diverged checkpoints.

    ``finite`` has the shape (n_checkpoints,). A network that isn't one any more has no dead units
    and no living ones: its checkpoints are left out, and ``steps`` of the result say so.
    """
    kept = masks[finite]
    return NeuronMask(
        layer=layer,
        metric=metric,
        n_units=masks.shape[1],
        steps=np.asarray(steps, dtype=np.int64)[finite],
        bits=np.packbits(kept, axis=1).tobytes(),
    )


def unpack(mask: NeuronMask) -> BoolArray:
    """The units that met the definition: bool of shape (n_checkpoints, n_units)."""
    n_bytes = -(-mask.n_units // 8)
    rows = np.frombuffer(mask.bits, dtype=np.uint8).reshape(len(mask.steps), n_bytes)
    return np.unpackbits(rows, axis=1, count=mask.n_units).astype(np.bool_)
