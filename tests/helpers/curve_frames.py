"""Frames of curves and masks as the store gives them, from values that a test writes down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

EVERY = 10
"""Steps between two evaluations or checkpoints."""


def _of_slice(activation: str, seed: int, given: dict[str, Any]) -> dict[str, Any]:
    row = {
        "activation": activation, "params": {}, "init": "gain", "optimizer": "adam", "lr": 0.01,
        "lr_role": "eval", "seed": seed, "status": "ok",
    } | given  # fmt: skip
    return {"case": f"{activation}/{row['lr']}/{seed}", **row}


def curve_row(activation: str, seed: int, values: Sequence[float], **given: Any) -> dict[str, Any]:
    """A curve with a value at step 10, 20 and so on: validation loss unless said otherwise."""
    steps = EVERY * np.arange(1, len(values) + 1, dtype=np.int64)
    about = {"split": "val", "metric": "loss", "steps": steps, "values": np.array(values, float)}
    return _of_slice(activation, seed, about | given)


def neuron_row(activation: str, seed: int, values: Sequence[float], **given: Any) -> dict[str, Any]:
    """A neuron metric with a value at step 0, 10 and so on: ``grad_dead`` of the network."""
    steps = EVERY * np.arange(len(values), dtype=np.int64)
    about = {
        "layer": "network", "metric": "grad_dead", "n_units": 256, "n_probe": 512, "steps": steps,
        "values": np.array(values, float),
    }  # fmt: skip
    return _of_slice(activation, seed, about | given)


def mask_row(activation: str, seed: int, units: Sequence[str], **given: Any) -> dict[str, Any]:
    """A mask from the checkpoints of each unit, in the order of steps: ``"0011"`` dies third."""
    mask = np.array([[bit == "1" for bit in unit] for unit in units]).T
    steps = EVERY * np.arange(len(mask), dtype=np.int64)
    about = {
        "layer": "act1", "metric": "grad_dead", "n_units": len(units), "steps": steps, "mask": mask,
    }  # fmt: skip
    return _of_slice(activation, seed, about | given)


def frame_of(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The frame of rows made here."""
    return pd.DataFrame(list(rows))
