"""Frames as the analysis of a run's timing makes them, from a seeded generator."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

COSTS = {
    "relu": 1.0, "relu6": 1.004, "leaky_relu": 1.06, "hardtanh": 0.97, "elu": 3.1, "selu": 3.15,
    "gelu": 4.4, "gelu_tanh": 3.3, "silu": 2.6, "mish": 6.1, "softplus": 5.2, "hardswish": 1.22,
    "sigmoid": 2.3, "tanh": 2.7,
}  # fmt: skip
SIZES = (1024, 16_384, 262_144, 4_194_304)
PASSES = ("forward", "backward")
VERDICTS = ("faster", "slower", "equivalent", "negligible", "inconclusive")


def one_case(rng, activation, numel, pass_name, condition, cost, backend="cpu-eager"):
    """A row of the frame, with the columns in the order in which the analysis gives them."""
    floor, per_element = 900.0, 0.09 if condition == "arena" else 0.11
    slow = 1.6 if pass_name == "backward" else 1.0
    faults = 0.0 if condition == "arena" or numel < 65_536 else numel * 4 / 4096
    relu = slow * (floor + per_element * numel) + 90 * faults
    ratio = (floor + per_element * numel * cost) / (floor + per_element * numel)
    ratio *= float(np.exp(rng.normal(0, 0.004)))
    half, wide = abs(rng.normal(0.008, 0.003)) + 0.001, abs(rng.normal(0.04, 0.01)) + 0.01
    low, high = ratio / (1 + half), ratio * (1 + half)
    verdict = "inconclusive"
    if activation == "relu":
        verdict, ratio, low, high = None, 1.0, 1.0, 1.0
    elif high < 1:
        verdict = "faster"
    elif low > 1:
        verdict = "slower" if ratio > 1.01 else "negligible"
    elif half < 0.01:
        verdict = "equivalent"
    time, copy = relu * ratio, 0.8 * relu
    return {
        "activation": activation, "params": {}, "family": "any", "backend": backend,
        "pass_name": pass_name, "dtype": "float32", "numel": numel, "condition": condition,
        "layout": "contiguous", "threads": 1, "input": "normal",
        "group": f"{backend}-{pass_name}-{numel}-{condition}",
        "case": f"{activation}-{backend}-{pass_name}-{numel}-{condition}",
        "status": "ok", "reason": "",
        "time_ns": time, "time_low_ns": time / 1.02, "time_high_ns": time * 1.02,
        "ratio": ratio, "ratio_low": low, "ratio_high": high,
        "process_low": ratio / (1 + wide), "process_high": ratio * (1 + wide),
        "n_processes": 20, "n_rounds": 640, "verdict": verdict, "q_value": 0.01,
        "quality": "stable" if half < 0.012 else "unstable",
        "quality_reason": "" if half < 0.012 else "the interval is wider than the target",
        "bytes_per_s": numel * 8 / time * 1e9, "fraction_of_copy": copy / time,
        "copy_time_ns": copy, "floor_time_ns": 60.0,
        "saved_bytes_per_element": 4.0 if pass_name == "backward" else None,
        "faults_per_call": faults, "aa_ratio": 1.001, "aa_low": 0.997, "aa_high": 1.005,
        "spread_seconds": 41.0, "flagged_share": 0.02,
    }  # fmt: skip


MEASURED = (
    "time_ns", "time_low_ns", "time_high_ns", "ratio", "ratio_low", "ratio_high", "process_low",
    "process_high", "verdict", "q_value", "quality", "quality_reason", "bytes_per_s",
    "fraction_of_copy", "copy_time_ns", "floor_time_ns", "faults_per_call", "aa_ratio", "aa_low",
    "aa_high", "spread_seconds", "flagged_share",
)  # fmt: skip


@pytest.fixture
def make_timing():
    """A factory of frames: ``make_timing(rng, sizes=..., failed=["mish"])``."""

    def make(
        rng, costs=COSTS, sizes=SIZES, passes=PASSES, conditions=("default", "arena"), failed=()
    ):
        rows = [
            one_case(rng, name, numel, pass_name, condition, cost)
            for numel in sizes
            for pass_name in passes
            for condition in conditions
            for name, cost in costs.items()
        ]
        frame = pd.DataFrame(rows)
        lost = frame["activation"].isin(failed)
        frame.loc[lost, list(MEASURED)] = None
        frame.loc[lost, "status"] = "failed"
        frame.loc[lost, "reason"] = "the gradient differs from the reference by 0.5"
        return frame

    return make


@pytest.fixture
def rng():
    """A generator whose numbers are the same in every run."""
    return np.random.default_rng(20_240_501)


@pytest.fixture
def timing(make_timing, rng):
    """A run's timing as a chart gets it: with labels."""
    return make_timing(rng).assign(label=lambda frame: frame["activation"])
