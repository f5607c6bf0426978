"""Places that say no more than the intervals do."""

from __future__ import annotations

import pandas as pd


def places(frame: pd.DataFrame) -> pd.DataFrame:
    """The measured rows of one pass at one size, the fastest first, with ``best`` and ``worst``.

    An activation surely beats another where its interval of ratios lies below the other's. The
    best place it may take comes after all that surely beat it, the worst one before all that it
    surely beats; those that overlap share places.
    """
    rows = frame.loc[(frame["status"] == "ok") & frame["ratio"].notna()]
    rows = rows.loc[rows["quality"] != "invalid"].sort_values(["ratio", "label"])
    low, high = rows["ratio_low"].to_numpy(), rows["ratio_high"].to_numpy()
    best = [1 + int((high < mine).sum()) for mine in low]
    worst = [len(rows) - int((low > mine).sum()) for mine in high]
    return rows.assign(best=best, worst=worst).reset_index(drop=True)


def place(best: int, worst: int) -> str:
    """A place in words: ``1``, or ``2–4`` where it is shared."""
    return str(best) if best == worst else f"{best}–{worst}"


def leaders(ranked: pd.DataFrame) -> list[str]:
    """Those that nothing surely beats, the smallest ratio first."""
    return list(ranked.loc[ranked["best"] == 1, "label"])
