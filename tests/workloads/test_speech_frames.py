"""Synthetic vowels: bands, resonances, what is drawn, and that no linear map tells them apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, trained

from bench_service.workloads import WORKLOADS
from bench_service.workloads.speech_frames import (
    BANDWIDTHS_HZ,
    FORMANTS_HZ,
    LEVELS_DB,
    frames,
    mel_bands_hz,
    spectrum,
)

WORKLOAD = WORKLOADS.get("speech_frames")


def test_bands_are_evenly_spaced_in_mel_from_100_to_4000_hz():
    bands = mel_bands_hz().numpy()
    assert bands[[0, -1]] == pytest.approx([100, 4000])
    mel = 1127 * np.log1p(bands / 700)  # the same scale by natural logarithms
    assert np.diff(mel) == pytest.approx(np.full(39, (mel[-1] - mel[0]) / 39), rel=1e-4)


def test_a_resonance_has_half_its_energy_one_bandwidth_off():
    """1 / (1 + 1) of the level; the other formants lie too far away to matter much."""
    bands = mel_bands_hz()
    far = torch.tensor([1e6, 1e7], dtype=torch.float64)
    at = spectrum(torch.cat([bands[10:11], far]))[10]
    off = spectrum(torch.cat([bands[10:11] + BANDWIDTHS_HZ[0], far]))[10]
    assert at.item() == pytest.approx(1.0, rel=1e-6)
    assert off.item() == pytest.approx(0.5, rel=1e-6)


def test_the_second_formant_is_8_db_below_the_first():
    bands = mel_bands_hz()
    alone = torch.tensor([1e6, float(bands[20]), 1e7], dtype=torch.float64)
    assert 10 * spectrum(alone)[20].log10().item() == pytest.approx(LEVELS_DB[1], abs=1e-4)


def test_formants_rise_and_the_vowels_lie_where_phonetics_has_them():
    """Heed is the highest and frontest vowel, hod the lowest; heard has the lowest F3."""
    table = np.array(FORMANTS_HZ)
    assert (np.diff(table, axis=1) > 0).all()
    assert table[:, 0].argmin() == table[:, 1].argmax() == 0
    assert table[:, 0].argmax() == 4
    assert table[:, 2].argmin() == 9


def test_windows_are_standardised_and_vowels_about_as_frequent():
    arrays = frames()
    assert arrays.x.shape == (8000, 7 * 40)
    assert abs(arrays.x.mean().item()) < 1e-4
    assert arrays.x.std().item() == pytest.approx(1, abs=1e-4)
    counts = np.bincount(arrays.y.numpy(), minlength=10)
    assert np.abs(counts - 800).max() < 5 * (8000 * 0.1 * 0.9) ** 0.5


def test_the_middle_frame_is_most_like_its_vowel_s_spectrum():
    """Of the average window of each vowel, by the distance to each vowel's own resonances."""
    arrays = frames()
    windows = arrays.x.view(-1, 7, 40).double()
    middle = torch.stack([windows[arrays.y == vowel, 3].mean(0) for vowel in range(10)])
    own = spectrum(torch.tensor(FORMANTS_HZ, dtype=torch.float64)).log()
    correlation = torch.corrcoef(torch.cat([middle - middle.mean(0), own - own.mean(0)]))[:10, 10:]
    assert (correlation.argmax(1) == torch.arange(10)).sum() >= 8


def test_a_stack_trains_as_a_plain_loop():
    assert_trains_as_a_plain_loop(WORKLOAD, (1e-3, 1e-2), "gelu")


@pytest.mark.slow
def test_a_network_without_non_linearity_falls_behind():
    (relu,) = trained(WORKLOAD, crossed([1e-2], [0]), "relu").values()
    (identity,) = trained(WORKLOAD, crossed([3.16e-3], [0]), "identity").values()
    assert relu.steps_to_target is not None
    assert identity.steps_to_target is None
    assert relu.val_loss < 0.85 * identity.val_loss
