"""Frames of slices as the store gives them, from values that a test writes down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

N_STEPS = 1000
INTEGERS = ("best_step", "steps_to_target", "activation_version", "target_version")


def slice_row(activation: str, seed: int, **given: Any) -> dict[str, Any]:
    """One slice: ReLU's task is ``digits``, compared by ``val_accuracy``, chance 0.1."""
    row = {
        "case": "", "workload": "digits", "workload_version": 1, "activation": activation,
        "params": {}, "backend": "cpu-eager", "init": "gain", "optimizer": "adam", "lr": 0.01,
        "lr_role": "eval", "seed": seed, "status": "ok", "reason": "", "steps": N_STEPS,
        "best_step": N_STEPS, "val_loss": np.nan, "val_accuracy": np.nan, "test_loss": np.nan,
        "test_accuracy": np.nan, "steps_to_target": pd.NA, "grad_dead": np.nan,
        "zero_dead": np.nan, "off_pinned": np.nan, "sparsity": np.nan, "activation_version": 1,
        "metric": "val_accuracy", "better": "higher", "chance": 0.1, "target_metric": "",
        "target": np.nan, "target_version": pd.NA, "n_steps": N_STEPS, "facts": {},
    }  # fmt: skip
    unknown = given.keys() - row.keys()
    assert not unknown, f"not a column of slices: {unknown}"
    row |= given
    row["case"] = "/".join(str(row[key]) for key in ("workload", "activation", "lr", "seed"))
    return row


def slices_of(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The frame of rows made by ``slice_row``, with the dtypes of ``db.queries.frame``."""
    found = pd.DataFrame(list(rows))
    return found.astype(dict.fromkeys(INTEGERS, "Int64"))


def evaluated(
    scores: Mapping[str, Sequence[float | None]], column: str = "test_accuracy", **given: Any
) -> pd.DataFrame:
    """Slices of the role ``eval``: ``scores[activation]`` by seed; None is a diverged one."""
    rows = [
        slice_row(activation, seed, **{column: np.nan, "status": "diverged"}, **given)
        if score is None
        else slice_row(activation, seed, **{column: score}, **given)
        for activation, by_seed in scores.items()
        for seed, score in enumerate(by_seed)
    ]
    return slices_of(rows)


def tuned(
    values: Mapping[float, Sequence[float | None]], activation: str = "relu", **given: Any
) -> list[dict[str, Any]]:
    """Rows of the role ``tune``: ``values[lr]`` by tuning seed; None is a diverged one."""
    metric = given.get("metric", "val_accuracy")
    return [
        slice_row(
            activation, 1000 + ix, lr=lr, lr_role="tune",
            **{metric: np.nan if value is None else value,
               "status": "diverged" if value is None else "ok"} | given,
        )
        for lr, by_seed in values.items()
        for ix, value in enumerate(by_seed)
    ]  # fmt: skip


def reaching(steps: Mapping[str, Sequence[int | str | None]], **given: Any) -> pd.DataFrame:
    """Slices of the role ``eval``: ``steps[activation]`` to the target by seed.

    None is a seed that never reached it, ``"diverged"`` one that diverged, and ``"timeout"`` one
    that was stopped after half of its budget.
    """
    rows = []
    for activation, by_seed in steps.items():
        for seed, at in enumerate(by_seed):
            row = {"target_metric": "val_accuracy", "target": 0.95, "target_version": 1} | given
            if isinstance(at, str):
                row |= {"status": at, "steps": N_STEPS // 2 if at == "timeout" else N_STEPS // 4}
            elif at is not None:
                row["steps_to_target"] = at
            rows.append(slice_row(activation, seed, **row))
    return slices_of(rows)


def campaign(
    rng: np.random.Generator,
    gains: Mapping[str, float],
    *,
    n_workloads: int = 4,
    n_seeds: int = 12,
    spread: float = 0.05,
) -> pd.DataFrame:
    """Evaluation slices of several workloads whose losses fall by exp(gain) of each activation.

    Seeds move all activations of a workload alike, and each of them by ``spread`` on its own.
    """
    rows = []
    for workload in range(n_workloads):
        shared = rng.normal(0, 0.2, n_seeds)
        for activation, gain in gains.items():
            own = rng.normal(0, spread, n_seeds)
            for seed in range(n_seeds):
                loss = float(np.exp(-2.0 - gain + shared[seed] + own[seed]))
                rows.append(slice_row(
                    activation, seed, workload=f"w{workload}", metric="val_loss", better="lower",
                    chance=float(np.log(10)), test_loss=loss, val_loss=loss,
                ))  # fmt: skip
    return slices_of(rows)
