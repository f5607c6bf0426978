"""Units that are born dead, die and come back, from the bits that were kept of each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from bench_service.analysis.neurons.dynamics import Dynamics, dynamics
from bench_service.analysis.training.entries import ENTRY, with_entry
from bench_service.analysis.training.median_interval import median_interval

GROUP = ("entry", "lr_role", "lr", "metric")
TURNOVER_COLUMNS = (
    *ENTRY, *GROUP, "steps", "n_seeds", "n_units", "dead", "deaths", "revivals",
)  # fmt: skip
FATES = ("born_dead", "deaths", "revivals", "dead_at_end")
FATE_COLUMNS = (
    *ENTRY, *GROUP, "n_seeds", "n_unfinished", "n_units",
    *(name + end for name in FATES for end in ("", "_low", "_high")), "share_born_dead",
)  # fmt: skip


def turnover(masks: pd.DataFrame) -> pd.DataFrame:
    """One row an activation, rate, definition and checkpoint; columns ``TURNOVER_COLUMNS``.

    ``masks`` are those of one task, as ``db.queries.neuron_masks`` gives them. ``dead``, ``deaths``
    and ``revivals`` since the checkpoint before are shares of the units of all layers, means over
    the ``n_seeds`` slices that are a network at that step. A unit that died and came back between
    two checkpoints isn't seen: both are lower bounds.
    """
    rows = [
        named | _at_step(found, step)
        for named, stories in _stories(masks)
        if (found := [story for story in stories if story is not None])
        for step in np.unique(np.concatenate([story.steps for story in found])).tolist()
    ]
    return pd.DataFrame(rows, columns=list(TURNOVER_COLUMNS))


def fates(masks: pd.DataFrame, n_steps: int) -> pd.DataFrame:
    """One row an activation, rate and definition, with the columns ``FATE_COLUMNS``.

    Shares of the units of all layers, medians over the ``n_seeds`` slices that were networks after
    ``n_steps``, the whole budget, with exact 95 % intervals: units dead at step 0 (NaN where
    nobody looked), deaths and revivals in all, and units dead at the end. ``share_born_dead`` is
    that of the units dead at the end, of all slices together, which were dead from the start; NaN
    where none is.
    ``n_unfinished`` slices diverged or ran out of time before.
    """
    rows = []
    for named, stories in _stories(masks):
        ended = [story for story in stories if story is not None and story.steps[-1] == n_steps]
        rows.append(
            named
            | {"n_seeds": len(ended), "n_unfinished": len(stories) - len(ended)}
            | {"n_units": ended[0].n_units if ended else 0}
            | _shares(ended)
        )
    return pd.DataFrame(rows, columns=list(FATE_COLUMNS))


def _stories(masks: pd.DataFrame) -> Iterator[tuple[dict[str, Any], list[Dynamics | None]]]:
    """The slices of each group; None for one that diverged before the first checkpoint."""
    if masks.empty:
        return
    for key, group in with_entry(masks).groupby(list(GROUP), sort=False):
        first = group.iloc[0]
        named = {name: first[name] for name in ENTRY} | dict(zip(GROUP, key, strict=True))
        yield named, [_story(layers) for _, layers in group.groupby("case", sort=False)]


def _story(layers: pd.DataFrame) -> Dynamics | None:
    """What became of all units of a slice, whatever layer they are in."""
    steps = layers["steps"].iloc[0]
    if not len(steps):
        return None
    return dynamics(steps, np.concatenate(list(layers["mask"]), axis=1))


def _at_step(stories: list[Dynamics], step: int) -> dict[str, Any]:
    here = [(story, int(np.flatnonzero(story.steps == step)[0])) for story in stories
            if step in story.steps]  # fmt: skip
    n_units = sum(story.n_units for story, _ in here)
    counts = {
        name: sum(int(getattr(story, name)[at]) for story, at in here)
        for name in ("dead", "deaths", "revivals")
    }
    shares = {name: count / n_units for name, count in counts.items()}
    return {"steps": step, "n_seeds": len(here), "n_units": here[0][0].n_units} | shares


def _shares(ended: list[Dynamics]) -> dict[str, float]:
    by_name = {
        "born_dead": [
            math.nan if story.born_dead is None else story.born_dead / story.n_units
            for story in ended
        ],
        "deaths": [story.deaths.sum() / story.n_units for story in ended],
        "revivals": [story.revivals.sum() / story.n_units for story in ended],
        "dead_at_end": [story.dead[-1] / story.n_units for story in ended],
    }
    shares: dict[str, float] = {}
    for name, values in by_name.items():
        found = median_interval(np.asarray(values, dtype=float))
        shares |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    dead = sum(int(story.dead[-1]) for story in ended)
    is_known = dead > 0 and all(story.born_dead_at_end is not None for story in ended)
    born = sum(story.born_dead_at_end or 0 for story in ended)
    return shares | {"share_born_dead": born / dead if is_known else math.nan}
