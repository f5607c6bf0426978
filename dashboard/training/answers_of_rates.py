"""Who is there soonest, and who forgives a badly chosen rate, in plain sentences."""

from __future__ import annotations

import pandas as pd

from bench_service.analysis.training.verdict import MIN_SEEDS_FOR_VERDICT
from bench_service.analysis.verdict import SIGNIFICANCE
from bench_service.quantities import format_p, format_ratio, format_seconds, format_steps
from dashboard.answers import RELU, Answer
from dashboard.training.answers import CANT_TELL
from dashboard.words import listing


def soonest(to_target: pd.DataFrame) -> Answer | None:
    """Who takes the fewest steps to the target; None where there is none, or nobody was trained."""
    if to_target.empty:
        return None
    order = to_target.sort_values(["mean_steps", "label"])
    top = order.iloc[0]
    if not order["n_reached"].any():
        return Answer("Nobody", "", (f"No seed got there in {top['budget']:,.0f} steps.",))
    fewest = (
        f"The fewest on average: {top['label']}, {format_steps(top['mean_steps'])} of "
        f"{format_steps(top['budget'])} steps."
    )
    said = [*_missed(order), *_seconds(order)]
    if int(order["n_seeds"].max()) < MIN_SEEDS_FOR_VERDICT:
        few = f"No verdict below {MIN_SEEDS_FOR_VERDICT} seeds."
        return Answer(CANT_TELL, "", (few, fewest, *said))
    is_sure = (order["p_holm"] < SIGNIFICANCE) & (order["steps_ratio_high"] < 1)
    winners = list(order.loc[is_sure, "label"])
    if not winners:
        others = order.loc[order["label"] != RELU]
        is_slower = (others["p_holm"] < SIGNIFICANCE) & (others["steps_ratio_low"] > 1)
        if len(others) and is_slower.all():
            return Answer(RELU, "", ("Every other one takes more steps.", *said))
        nobody = "Nobody is shown to need fewer steps than ReLU."
        return Answer("No winner", "", (nobody, fewest, *said))
    best = order.loc[order["label"] == winners[0]].iloc[0]
    ratio = (
        f"{winners[0]}: {format_ratio(best['steps_ratio'])} × ReLU's steps "
        f"({format_ratio(best['steps_ratio_low'])} to {format_ratio(best['steps_ratio_high'])})"
    )
    test = f"Log-rank test, p = {format_p(best['p_holm'])} after Holm."
    return Answer(listing(winners, limit=3), ratio, (test, fewest, *said))


def _missed(order: pd.DataFrame) -> list[str]:
    missed = order.loc[order["n_reached"] < order["n_seeds"]]
    told = [f"{row.label} ({row.n_reached} of {row.n_seeds})" for row in missed.itertuples()]
    return [f"Not all seeds of these got there: {listing(told)}."] if told else []


def _seconds(order: pd.DataFrame) -> list[str]:
    timed = order.dropna(subset=["seconds_to_target"]).sort_values("seconds_to_target")
    if timed.empty:
        return []
    first = timed.iloc[0]
    return [
        f"In seconds, with the measured time of a step: {first['label']}, "
        f"{format_seconds(first['seconds_to_target'])}."
    ]


def forgiving(robustness: pd.DataFrame) -> Answer | None:
    """Who trains about as well over the widest range of rates; None where no range was tried."""
    if robustness.empty:
        return None
    known = robustness.dropna(subset=["lr_width_decades"])
    if known.empty:
        return Answer("Nobody", "", ("At every rate, a seed of each activation failed.",))
    widest = known["lr_width_decades"].max()
    best = known.loc[known["lr_width_decades"] > widest - 1e-9].sort_values("label")
    if len(best) == len(known) and len(known) > 1:
        return Answer("All alike", "", (f"{_width(widest)} for each of them.",))
    ranges = "; ".join(
        f"{row.label} from {row.low_lr:g} to {row.high_lr:g}"
        + (", and maybe beyond" if row.is_open else "")
        for row in best.head(3).itertuples()
    )
    steps = f"Rates were tried in {int(known['n_rates'].max())} steps: a width has no interval."
    return Answer(listing(list(best["label"]), limit=3), _width(widest), (f"{ranges}.", steps))


def _width(decades: float) -> str:
    if decades < 1e-9:
        return "Good at one rate of those tried"
    return f"Good over a factor of {10**decades:.3g} in the rate"


def diverges(divergence: pd.DataFrame) -> Answer | None:
    """Who diverges, over all rates together; None where nothing was trained."""
    counted = divergence.groupby("label")[["n_diverged", "n_slices"]].sum()
    counted = counted.loc[counted["n_slices"] > 0]
    if counted.empty:
        return None
    never = sorted(counted.index[counted["n_diverged"] == 0])
    lost = counted.loc[counted["n_diverged"] > 0].sort_values("n_diverged", ascending=False)
    told = [f"{label} {row.n_diverged} of {row.n_slices}" for label, row in lost.iterrows()]
    said = [f"Never: {listing(never)}."] if never and told else []
    if not told:
        n_slices = int(counted["n_slices"].sum())
        return Answer("Nobody", "", (f"All {n_slices:,} trainings ended well.",))
    most = sorted(lost.index[lost["n_diverged"] == lost["n_diverged"].max()])
    return Answer(listing(most, limit=3), "", (f"Diverged: {listing(told)}.", *said))
