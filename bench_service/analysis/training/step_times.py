"""Steps become seconds by the step time that the timing engine measured."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from bench_service.analysis.statistics import CONFIDENCE
from bench_service.analysis.training.entries import entry_name
from bench_service.analysis.training.resampling import Interval
from bench_service.analysis.training.restricted_ratio import RatioDraws


@dataclass(frozen=True)
class StepTime:
    """The time of a training step, and its ratio to ReLU's in the same rounds; NaN if unknown."""

    step_time_ns: float = math.nan
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan


def step_times(timing: pd.DataFrame) -> pd.DataFrame:
    """What a run's timing says of the pass ``step``: a frame as ``step_time_of`` takes it.

    ``timing`` is from ``analysis.timing.summarise``, of the main conditions alone: one row a
    workload, activation and backend. A timing that is invalid gives no seconds.
    """
    is_step = timing["pass_name"].eq("step") & timing["quality"].ne("invalid")
    found = timing[is_step & timing["time_ns"].notna()]
    named = found.rename(columns={"input": "workload", "time_ns": "step_time_ns"})
    columns = ["workload", "activation", "params", "backend", "step_time_ns"]
    return named[[*columns, "ratio", "ratio_low", "ratio_high"]].reset_index(drop=True)


def step_time_of(
    step_times: pd.DataFrame | None, workload: str, backend: str, entry: str
) -> StepTime:
    """What was measured of the pass ``step``; all NaN where it wasn't.

    ``step_times`` has one row a workload, backend and activation: ``workload``, ``backend``,
    ``activation``, ``params``, ``step_time_ns``, and ``ratio``, ``ratio_low``, ``ratio_high`` to
    ReLU.
    """
    if step_times is None:
        return StepTime()
    is_here = (step_times["workload"] == workload) & (step_times["backend"] == backend)
    for row in step_times[is_here].to_dict("records"):
        if entry_name(row["activation"], row.get("params")) == entry:
            ratios = (
                float(row.get(name, math.nan)) for name in ("ratio", "ratio_low", "ratio_high")
            )
            return StepTime(float(row["step_time_ns"]), *ratios)
    return StepTime()


def in_seconds(steps: RatioDraws, step: StepTime, rng: np.random.Generator) -> Interval:
    """The ratio of seconds to the target: that of steps times that of step times.

    Its interval has the uncertainty of both: each resample is multiplied by a ratio drawn from the
    log-normal distribution whose 95 % interval is the measured one. Without that interval, none.
    """
    value = steps.value * step.ratio
    if math.isnan(value) or math.isnan(step.ratio_low) or math.isnan(step.ratio_high):
        return Interval(value, math.nan, math.nan)
    reach = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    sigma = (math.log(step.ratio_high) - math.log(step.ratio_low)) / (2 * reach)
    factors = step.ratio * np.exp(sigma * rng.standard_normal(len(steps.drawn)))
    return RatioDraws(value, steps.drawn * factors).interval()
