"""What speaks for and against the numbers of a page, as short numbers and words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench_service.quantities import format_ratio, format_time
from dashboard.words import plural


def trust(frame: pd.DataFrame) -> dict[str, str]:
    """What speaks for and against these rows: short numbers by what they are."""
    rows = frame.loc[(frame["status"] == "ok") & frame["ratio"].notna()]
    if rows.empty:
        return {}
    half = (rows["ratio_high"] / rows["ratio_low"]) ** 0.5 - 1
    return {
        "Child processes": _range(rows["n_processes"]),
        "Spread over": format_time(1e9 * float(rows["spread_seconds"].median())),
        "ReLU against itself": _against_itself(rows),
        "Half-width of a ratio": f"±{100 * half.median():.1f} %",
        "Disturbed blocks": f"{100 * rows['flagged_share'].mean():.1f} %",
    }


def _against_itself(rows: pd.DataFrame) -> str:
    """The A/A check of the rounds behind the rows: of several groups the one that is worst off."""
    groups = rows.drop_duplicates("group").dropna(subset=["aa_ratio"])
    if groups.empty:
        return "–"
    worst = groups.iloc[int(np.abs(np.log(groups["aa_ratio"].to_numpy())).argmax())]
    low, high = format_ratio(worst["aa_low"]), format_ratio(worst["aa_high"])
    return f"{format_ratio(worst['aa_ratio'])} ({low} to {high})"


def _range(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low} to {high}"


def coverage(n_measured: int, n_planned: int, n_failed: int, n_skipped: int) -> str:
    """How much of a run there is: ``17 of 40 cases, 3 failed``."""
    parts = [f"{n_measured:,} of {plural(max(n_planned, n_measured), 'case')}"]
    parts += [f"{n_failed:,} failed"] if n_failed else []
    parts += [f"{n_skipped:,} skipped"] if n_skipped else []
    return ", ".join(parts)
