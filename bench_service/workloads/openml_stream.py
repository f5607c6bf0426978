"""Images of OpenML as batches: bytes in memory, numbers of mean 0 and deviation 1 on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from bench_service.workloads.base import Batch
from bench_service.workloads.openml_data import Bytes, ImageSet, Labels, images
from bench_service.workloads.streams import Arrays, ArrayStream

N_CLASSES = 10
N_LEVELS = 256


@dataclass(frozen=True)
class Images:
    """Images as bytes of shape (n, channels, height, width), labels, and moments of all bytes."""

    arrays: Arrays
    mean: float
    deviation: float

    @classmethod
    def of(cls, pixels: Bytes, labels: Labels, shape: tuple[int, int, int]) -> Images:
        """Images of rows of bytes; WorkloadError for a label that is none of the ten."""
        counts = torch.bincount(torch.from_numpy(pixels).flatten(), minlength=N_LEVELS)
        shares = counts.double() / counts.sum()
        levels = torch.arange(N_LEVELS, dtype=torch.float64)
        mean = float(shares @ levels)
        deviation = float(shares @ (levels - mean).square()) ** 0.5
        x = torch.from_numpy(pixels).view(-1, *shape)
        return cls(Arrays(x, torch.from_numpy(labels), N_CLASSES), mean, deviation)


@cache
def kept_images(image_set: ImageSet) -> Images:
    """A data set, from the cache or from OpenML; WorkloadError where it can't be had."""
    return Images.of(*images(image_set), image_set.shape)


class ImageStream:
    """Batches of images; each seed holds out others of the whole data set."""

    def __init__(
        self, found: Images, seeds: Sequence[int], batch_size: int, n_held_out: int
    ) -> None:
        share = n_held_out / len(found.arrays.x)
        self._images = found
        self._bytes = ArrayStream(found.arrays, seeds, batch_size, held_out_share=share)

    def batch(self, step: int) -> Batch:
        """The batch of a step: (n_seeds, batch_size, channels, height, width)."""
        return self._scaled(self._bytes.batch(step))

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """Validation or test data: (n_seeds, n_held_out, channels, height, width)."""
        return self._scaled(self._bytes.held_out(split, step))

    def probe(self, n: int) -> Tensor:
        """At most n images, the same for all seeds: (n, channels, height, width)."""
        return self._numbers(self._bytes.probe(n))

    def _scaled(self, batch: Batch) -> Batch:
        return Batch(self._numbers(batch.x), batch.y)

    def _numbers(self, x: Tensor) -> Tensor:
        return (x.float() - self._images.mean) / self._images.deviation
