"""Which vowel is spoken in the middle of seven frames of synthetic speech."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from bench_service.seeds import seed_of
from bench_service.workloads.base import WORKLOADS, Optimizer, Target, Workload
from bench_service.workloads.layers import mlp
from bench_service.workloads.losses import CLASSIFICATION
from bench_service.workloads.streams import Arrays, ArrayStream

FORMANTS_HZ = (
    (270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440),
    (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390), (490, 1350, 1690),
)  # fmt: skip
"""Of the vowels of heed, hid, head, had, hod, hawed, hood, who'd, hud and heard, on average over 33
men: G. Peterson and H. Barney 1952, Control methods used in a study of the vowels, table II."""
LEVELS_DB = (0.0, -8.0, -16.0)
"""Of the formants, against the first."""
BANDWIDTHS_HZ = (60.0, 80.0, 120.0)
N_BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 100.0, 4000.0
CONTEXT = 3
"""Frames on each side of the one that counts."""
N_FRAMES = 2 * CONTEXT + 1
TRACT_SPREAD = 0.2
"""Standard deviation of the logarithm of all of a speaker's formants, by the length of the vocal
tract: a little more than among men, women and children, so that no single band gives a vowel away.
"""
FORMANT_SPREAD = 0.05
"""The same of each formant, from one utterance to the next."""
BREADTH = 0.6
"""Frames that a change of vowel takes."""
SNR_DB = (5.0, 25.0)
GRAIN = 0.3
"""Standard deviation of a band's energy within a frame, in nats."""
N_WINDOWS = 8000
DATA_SEED = 0
BATCH_SIZE = 32
N_STEPS = 240


def mel_bands_hz() -> Tensor:
    """The centres of the bands, evenly spaced in mel = 2595 lg(1 + f / 700 Hz): (N_BANDS,)."""
    low, high = (2595 * math.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    return 700 * (10 ** (torch.linspace(low, high, N_BANDS, dtype=torch.float64) / 2595) - 1)


def spectrum(formants_hz: Tensor) -> Tensor:
    """Energy in each band for formants of shape (..., 3): (..., N_BANDS), a resonance each."""
    levels = 10 ** (torch.tensor(LEVELS_DB, dtype=torch.float64) / 10)
    widths = torch.tensor(BANDWIDTHS_HZ, dtype=torch.float64)
    off = (mel_bands_hz() - formants_hz[..., None]) / widths[:, None]
    return (levels[:, None] / (1 + off.square())).sum(-2)


@cache
def frames() -> Arrays:
    """Log energies of shape (8000, 280), mean 0 and deviation 1, and the middle frame's vowel.

    A speaker passes from one vowel through a second to a third, in noise. Vowels, speakers, times
    and noise are drawn once for all.
    """
    generator = torch.Generator().manual_seed(seed_of(DATA_SEED, "frames"))

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    def uniform(low: float, high: float) -> Tensor:
        drawn = torch.rand(N_WINDOWS, 1, generator=generator, dtype=torch.float64)
        return low + (high - low) * drawn

    vowels = torch.randint(len(FORMANTS_HZ), (N_WINDOWS, 3), generator=generator)
    spread = TRACT_SPREAD * normal(N_WINDOWS, 1, 1) + FORMANT_SPREAD * normal(N_WINDOWS, 3, 3)
    spoken = torch.tensor(FORMANTS_HZ, dtype=torch.float64)[vowels].log() + spread
    times = torch.arange(-CONTEXT, CONTEXT + 1, dtype=torch.float64)
    begun = torch.sigmoid((times - uniform(-CONTEXT - 1.0, -0.5)) / BREADTH)
    ended = torch.sigmoid((times - uniform(0.5, CONTEXT + 1.0)) / BREADTH)
    shares = torch.stack([1 - begun, begun - ended, ended], dim=-1).clamp(min=0)
    energy = spectrum((shares @ spoken).exp())
    noise = energy.mean((1, 2), keepdim=True) / 10 ** (uniform(*SNR_DB)[..., None] / 10)
    heard = (energy + noise).log() + GRAIN * normal(N_WINDOWS, N_FRAMES, N_BANDS)
    x = (heard - heard.mean()) / heard.std()
    return Arrays(x.flatten(1).float(), vowels[:, 1], len(FORMANTS_HZ))


WORKLOADS.add(
    "speech_frames",
    Workload(
        name="speech_frames",
        version=1,
        description="280-256-256-256-256-10 network that tells ten vowels in frames of synthetic "
        "speech, by SGD with momentum 0.9.",
        source="A. Maas, A. Hannun and A. Ng 2013, Rectifier nonlinearities improve neural network "
        "acoustic models, ICML workshop on deep learning for audio, speech and language: frames "
        "of telephone speech, layers of 2048; here vowels made of formants",
        data=lambda seeds: ArrayStream(frames(), seeds, BATCH_SIZE, held_out_share=0.08),
        model=lambda activation: mlp(
            (N_FRAMES * N_BANDS, 256, 256, 256, 256, len(FORMANTS_HZ)), activation
        ),
        task=CLASSIFICATION,
        optimizer=Optimizer(name="momentum"),
        lrs=(3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1),
        default_lr=1e-2,
        n_steps=N_STEPS,
        batch_size=BATCH_SIZE,
        n_evaluations=16,
        chance=math.log(len(FORMANTS_HZ)),
        # All of 20 seeds of ReLU get there at 0.01, half of them within 150 steps; no linear map
        # does.
        target=Target(metric="val_accuracy", value=0.7, version=1),
        slice_step_us=2700.0,
    ),
)
