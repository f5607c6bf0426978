"""The 1,797 handwritten digits of 8 x 8 pixels that scikit-learn brings along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import torch

from bench_service.workloads.base import Stream
from bench_service.workloads.streams import Arrays, ArrayStream

N_CLASSES = 10
N_PIXELS = 64
SOURCE = (
    "E. Alpaydin and C. Kaynak 1998, Optical recognition of handwritten digits, UCI Machine "
    "Learning Repository, doi:10.24432/C50P49"
)


@cache
def digits() -> Arrays:
    """Pixels of shape (1797, 64), float32, with the data set's mean 0 and deviation 1; labels."""
    from sklearn.datasets import load_digits  # it takes half a second to import

    pixels, labels = load_digits(return_X_y=True)
    x = torch.as_tensor(pixels, dtype=torch.float32)
    return Arrays((x - x.mean()) / x.std(), torch.as_tensor(labels, dtype=torch.int64), N_CLASSES)


def digit_batches(batch_size: int) -> Callable[[Sequence[int]], Stream]:
    """What ``Workload.data`` wants: batches of digits for the given seeds."""
    return lambda seeds: ArrayStream(digits(), seeds, batch_size)
