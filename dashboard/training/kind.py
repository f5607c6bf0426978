"""The pages about training."""

from __future__ import annotations

import pandas as pd

from dashboard import commands
from dashboard.dimensions import of_training
from dashboard.kinds import Kind
from dashboard.training import data
from dashboard.training.selection import of_slices


def trainings(*workloads: str) -> Kind:
    """The kind of a page that prefers these workloads."""
    return Kind(
        count=lambda run: run.n_slices,
        rows=data.slices,
        choose=lambda bar, place, rows: of_slices(
            bar, place, rows, of_training(tuple(dict.fromkeys((*workloads, *_trained(rows)))))
        ),
        doing="trained",
        command=commands.TRAIN,
        elsewhere="*Overview* and *Throughput*",
    )


def _trained(rows: pd.DataFrame) -> list[str]:
    """Workloads that train at all, by name: what is only initialised comes after them."""
    return sorted(rows.loc[rows["n_steps"] > 0, "workload"].unique())
