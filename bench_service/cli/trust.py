"""A few plain sentences on how far a run can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench_service.cli.output import counted

if TYPE_CHECKING:
    import pandas as pd

QUALITIES = ("certified", "stable", "unstable", "invalid")


def trust_sentences(timing: pd.DataFrame) -> Iterator[str]:
    """What a run's own controls say about its numbers, in words."""
    measured = timing[(timing["status"] == "ok") & timing["ratio"].notna()]
    if measured.empty:
        yield "Nothing was measured, so nothing can be said."
        return
    half_widths = (measured["ratio_high"] / measured["ratio_low"]) ** 0.5 - 1
    yield (
        f"How far to trust this: each ratio comes from {_processes(measured)} spread over "
        f"{measured['spread_seconds'].max():.0f} s; half of the intervals are narrower than "
        f"±{half_widths.median():.1%}."
    )
    aa = (measured["aa_ratio"] - 1).abs().max()
    yield f"ReLU timed twice in the same rounds differed from itself by at most {aa:.1%}."
    yield from _qualities(measured)
    others = measured[measured["activation"] != "relu"]
    n_open = int((others["verdict"] == "inconclusive").sum())
    if n_open:
        yield f"{n_open} of {counted(len(others), 'comparison')} can't be told yet."
    spread = (measured["process_high"] / measured["process_low"]) ** 0.5 - 1
    if spread.notna().any():
        yield f"Any one process of yours may see a ratio ±{spread.median():.0%} away from these."


def _processes(measured: pd.DataFrame) -> str:
    fewest, most = int(measured["n_processes"].min()), int(measured["n_processes"].max())
    least = "" if fewest == most else f"{fewest} to "
    return f"{least}{counted(most, 'process', 'processes')}"


def _qualities(measured: pd.DataFrame) -> Iterator[str]:
    """How many cases have each quality, and for one of them why it isn't a better one."""
    for quality in QUALITIES:
        same = measured[measured["quality"] == quality]
        if same.empty:
            continue
        reasons = same.loc[same["quality_reason"] != "", "quality_reason"]
        because = f" ({reasons.mode()[0]})" if len(reasons) else ""
        yield f"Quality {quality}: {counted(len(same), 'case')}{because}."
