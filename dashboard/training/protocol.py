"""How a task was trained, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.training.metric import Metric
from dashboard.words import INITS, plural

STARTS = {
    "gain": "Weights are normal numbers scaled by each activation's own gain, computed so that "
    "signals keep their size; biases are 0.",
    "he": "Weights are normal numbers scaled by He's gain for ReLU, whatever the activation; "
    "biases are 0.",
    "torch_default": "Weights and biases are what PyTorch's layers begin with, whatever the "
    "activation: what users get.",
}


def protocol(slices: pd.DataFrame, workload: Mapping[str, Any]) -> list[str]:
    """A sentence or two for each thing that another protocol could have done differently."""
    return [
        _task(workload),
        *_seeds(slices),
        *_rates(slices),
        _start(slices),
        _score(slices),
        *_target(workload),
    ]


def _task(workload: Mapping[str, Any]) -> str:
    text = str(workload["description"]).rstrip(".")
    return (
        f"**Task.** {text}: {workload['n_steps']:,} steps of {workload['batch_size']:,} rows. "
        f"Source: {workload['source']}."
    )


def _seeds(slices: pd.DataFrame) -> list[str]:
    scored = slices.loc[slices["lr_role"].isin(["eval", "default", "sweep"])]
    n_seeds = scored["seed"].nunique()
    if not n_seeds:
        return ["**Seeds.** Only tuning was done so far: there is nothing to compare yet."]
    text = (
        f"**Seeds.** {plural(n_seeds, 'seed')}. A seed is one split of the data, one order of "
        "batches and one set of normal numbers for the weights, the same for every activation: "
        "they are compared seed by seed."
    )
    if n_seeds == 1:
        text += " **With one seed there is no interval**, and nothing can be said of another one."
    return [text]


def _rates(slices: pd.DataFrame) -> list[str]:
    roles = set(slices["lr_role"])
    said = []
    if "tune" in roles:
        tuned = slices.loc[slices["lr_role"] == "tune"]
        said.append(
            f"**Tuned rate.** The best of {tuned['lr'].nunique()} rates from {tuned['lr'].min():g} "
            f"to {tuned['lr'].max():g}, for each activation on its own, by the median of "
            f"{plural(tuned['seed'].nunique(), 'tuning seed')} on validation data; these seeds are "
            "used for nothing else. Where the best rate was the lowest or highest, further ones "
            "were tried."
        )
    if "default" in roles:
        rate = slices.loc[slices["lr_role"] == "default", "lr"].iloc[0]
        said.append(f"**Default rate.** {rate:g} for all: what you get without tuning.")
    if "sweep" in roles:
        swept = slices.loc[slices["lr_role"] == "sweep", "lr"]
        said.append(
            f"**Sweep.** Every activation at {swept.nunique()} rates from {swept.min():g} to "
            f"{swept.max():g}, from harmless to ruinous; there is no best one to choose."
        )
    return said


def _start(slices: pd.DataFrame) -> str:
    init = str(slices["init"].iloc[0])
    optimizer = str(slices["optimizer"].iloc[0])
    started = STARTS.get(init, f"Weights begin as {INITS.get(init, init)} has it.")
    return f"**Start.** {started} The optimiser is {optimizer}."


def _score(slices: pd.DataFrame) -> str:
    about = Metric(str(slices["metric"].iloc[0]).replace("val_", "test_"))
    chance = float(slices["chance"].iloc[0])
    text = (
        f"**Score.** The {about.name}, read once, at the step where validation data were best; "
        f"{about.direction}."
    )
    if pd.notna(chance):
        text += f" A training that diverged scores what chance does, {about.show(chance)}."
    return text


def _target(workload: Mapping[str, Any]) -> list[str]:
    if not isinstance(workload["target_metric"], str) or pd.isna(workload["target"]):
        return []
    about = Metric(str(workload["target_metric"]))
    return [
        f"**Target.** A {about.name} of {about.show(float(workload['target']))}, fixed with the "
        f"workload. A training that isn't there after {workload['n_steps']:,} steps, or diverged, "
        "counts as not there."
    ]
