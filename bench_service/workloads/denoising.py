"""Noise taken out of patches of two photographs: a regression whose best linear map is known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from bench_service.errors import WorkloadError
from bench_service.seeds import seed_of
from bench_service.workloads.base import WORKLOADS, Batch, Optimizer, Target, Workload
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import REGRESSION
from bench_service.workloads.streams import PROBE_SEED, Arrays, ArrayStream

SIDE = 8
NOISE = 25.0
"""Standard deviation of the noise, in grey levels of 0 to 255: the middle one of the paper."""
BATCH_SIZE = 128
N_STEPS = 900
HELD_OUT_SHARE = 0.06


def unavailable() -> str | None:
    """Why the photographs can't be read here; None where they can."""
    if find_spec("PIL") is None:
        return "Reading the photographs that scikit-learn brings along needs the package pillow."
    return None


@cache
def patches() -> Tensor:
    """Grey patches of shape (8480, 64), float32, in deviations of the noise.

    Side by side, none over another, so that no pixel is both trained and tested on. Grey is the
    mean of the three colours. WorkloadError where the photographs can't be read.
    """
    reason = unavailable()
    if reason is not None:
        raise WorkloadError(reason, next_step="pip install pillow")
    from sklearn.datasets import load_sample_images

    grey = np.stack(load_sample_images().images).mean(axis=-1)
    n, height, width = grey.shape
    rows, columns = height // SIDE, width // SIDE
    whole = grey[:, : rows * SIDE, : columns * SIDE].reshape(n, rows, SIDE, columns, SIDE)
    cut = whole.transpose(0, 1, 3, 2, 4).reshape(-1, SIDE * SIDE)
    return torch.as_tensor(cut / NOISE, dtype=torch.float32)


class NoisyPatches:
    """Patches with noise of their own at every step; held-out ones keep theirs."""

    def __init__(self, seeds: Sequence[int]) -> None:
        clean = patches()
        self._seeds = tuple(seeds)
        self._clean = ArrayStream(Arrays(clean, clean), seeds, BATCH_SIZE, HELD_OUT_SHARE)

    def batch(self, step: int) -> Batch:
        """The batch of a step: (n_seeds, batch_size, 64) each."""
        return self._noisy(self._clean.batch(step).x, "noise", step)

    def held_out(self, split: Literal["val", "test"], step: int) -> Batch:
        """Validation or test data: (n_seeds, n, 64) each, whatever the step."""
        return self._noisy(self._clean.held_out(split, step).x, "noise", split)

    def probe(self, n: int) -> Tensor:
        """At most n noisy patches, the same for all seeds: (n, 64)."""
        clean = self._clean.probe(n)
        return noisy(clean, _normal(clean.shape, PROBE_SEED, "noise", "probe")).x

    def _noisy(self, clean: Tensor, *names: str | int) -> Batch:
        drawn = [_normal(clean.shape[1:], seed, *names) for seed in self._seeds]
        return noisy(clean, torch.stack(drawn))


def noisy(clean: Tensor, noise: Tensor) -> Batch:
    """Noisy patches without their own mean, and the noise that is in them, in the shape of clean.

    The mean says next to nothing about the noise, and varies four times as much as all the rest.
    """
    found = clean + noise
    return Batch(found - found.mean(dim=-1, keepdim=True), noise)


def _normal(shape: Sequence[int], seed: int, *names: str | int) -> Tensor:
    generator = torch.Generator().manual_seed(seed_of(seed, *names))
    return torch.randn(tuple(shape), generator=generator)


WORKLOADS.add(
    "denoising",
    Workload(
        name="denoising",
        version=1,
        description="64-128-128-64 network that finds the noise in 8 x 8 patches of two "
        "photographs; the loss is the share of the noise's power that is left.",
        source="H. Burger, C. Schuler and S. Harmeling 2012, Image denoising: can plain neural "
        "networks compete with BM3D?, CVPR: patches of 17 x 17, four layers of 2047; and K. Zhang "
        "et al. 2017, Beyond a Gaussian denoiser, arXiv:1608.03981: the noise is what is foretold",
        data=NoisyPatches,
        model=lambda activation: mlp((SIDE**2, 128, 128, SIDE**2), activation),
        task=REGRESSION,
        optimizer=Optimizer(name="adam"),
        lrs=(1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1),
        default_lr=1e-3,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        chance=1.0,
        # All of 20 seeds of ReLU get there at 3.16e-3, half of them within 405 steps; the best
        # linear map leaves 0.31.
        target=Target(metric="val_loss", value=0.35, version=1),
        unavailable=unavailable,
        slice_step_us=700.0,
    ),
)
