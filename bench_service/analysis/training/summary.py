"""All that is said of the training of one task, as frames, in one go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench_service.analysis.training import (
    by_rate,
    controls,
    differences,
    divergence,
    learning_rate,
    mean_steps,
    ranking,
    robustness,
    scores,
    target,
    time_to_target,
)


@dataclass(frozen=True)
class Summary:
    """What the modules of this package say; a frame without rows where they have nothing to."""

    scores: pd.DataFrame
    differences: pd.DataFrame
    ranks: pd.DataFrame
    choices: pd.DataFrame
    controls: pd.DataFrame
    curves_to_target: pd.DataFrame
    to_target: pd.DataFrame
    mean_steps: pd.DataFrame
    by_rate: pd.DataFrame
    robustness: pd.DataFrame
    divergence: pd.DataFrame


def summarise(
    slices: pd.DataFrame, rng: np.random.Generator, *, step_times: pd.DataFrame | None = None
) -> Summary:
    """The summary of slices as ``db.queries.training_slices`` gives them, skipped ones left out.

    ``step_times`` is from ``step_times.step_times``, where steps to the target are to become
    seconds.
    """
    trained = slices[slices["status"] != "skipped"]
    scored = _scores(trained)
    tuned = trained[trained["lr_role"] == "tune"]
    choices = learning_rate.choose_lr(tuned) if len(tuned) else _empty(learning_rate.COLUMNS)
    checked = controls.aa_controls(scored, rng)
    times = _times(trained)
    return Summary(
        scores=scored,
        differences=differences.differences_to_relu(scored, rng, controls=checked),
        ranks=ranking.rank(scored, choices, checked),
        choices=choices,
        controls=checked,
        curves_to_target=target.target_curves(times),
        to_target=time_to_target.time_to_target(times, rng, step_times=step_times),
        mean_steps=mean_steps.mean_steps(times, rng),
        by_rate=by_rate.scores_by_rate(trained),
        robustness=_robustness(trained),
        divergence=(
            divergence.divergence_rates(trained) if len(trained) else _empty(divergence.COLUMNS)
        ),
    )


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _scores(trained: pd.DataFrame) -> pd.DataFrame:
    if not trained["lr_role"].isin(scores.SCORED_ROLES).any():
        return _empty(scores.COLUMNS)
    return scores.scores(trained)


def _times(trained: pd.DataFrame) -> pd.DataFrame:
    if not trained["lr_role"].isin(scores.SCORED_ROLES).any():
        return _empty(target.COLUMNS)
    return target.times_to_target(trained)


def _robustness(trained: pd.DataFrame) -> pd.DataFrame:
    if not trained["lr_role"].isin(robustness.ROLES).any():
        return _empty(robustness.COLUMNS)
    return robustness.lr_robustness(trained)
