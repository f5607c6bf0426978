"""What became of cases in one of two runs and not in the other: who failed since, who recovered."""

from __future__ import annotations

import pandas as pd

WHAT = ("activation", "params", "backend", "pass_name", "dtype", "numel", "condition", "case")
COLUMNS = (*WHAT, "base_status", "head_status", "reason")


def outcome_changes(base: pd.DataFrame, head: pd.DataFrame) -> pd.DataFrame:
    """One row a case that both runs have, with another status in each; columns ``COLUMNS``.

    The two frames are ``timing_outcomes``. ``reason`` is that of the run in which it isn't ok; of
    head, where it is so in both.
    """
    one, other = (frame[frame["role"] == "case"] for frame in (base, head))
    both = other.merge(one[["case", "status", "reason"]], on="case", suffixes=("", "_base"))
    changed = both[both["status"] != both["status_base"]]
    reason = changed["reason"].where(changed["status"] != "ok", changed["reason_base"])
    found = changed.assign(
        base_status=changed["status_base"], head_status=changed["status"], reason=reason
    )
    return found[list(COLUMNS)].reset_index(drop=True)
