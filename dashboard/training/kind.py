"""The pages about training."""

from __future__ import annotations

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
        choose=lambda bar, place, rows: of_slices(bar, place, rows, of_training(workloads)),
        doing="trained",
        command=commands.TRAIN,
        elsewhere="*Overview* and *Throughput*",
    )
