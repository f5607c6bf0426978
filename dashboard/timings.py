"""The pages about timings."""

from __future__ import annotations

from dashboard import commands, data, selection
from dashboard.kinds import Kind

TIMINGS = Kind(
    count=lambda run: run.n_timings,
    rows=data.timing,
    choose=selection.of_timings,
    doing="timed",
    command=commands.FIRST,
    elsewhere="*Convergence* and *Neurons*",
)
