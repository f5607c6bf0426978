from __future__ import annotations

import pandas as pd
from frames import beside, frames_of

from bench_service.analysis.outcome_changes import COLUMNS, outcome_changes


def outcomes(**became: tuple[str, str]) -> pd.DataFrame:
    """Outcomes by activation: status and reason."""
    frame = frames_of({**beside(), **{name: [1500.0] for name in became}})[0]
    for name, (status, reason) in became.items():
        frame.loc[frame.label == name, ["status", "reason"]] = [status, reason]
    return frame


def test_who_failed_since_and_who_recovered_are_told_with_their_reasons():
    base = outcomes(gelu=("ok", ""), silu=("failed", "NaN"), elu=("failed", "old"), relu=("ok", ""))
    head = outcomes(
        gelu=("failed", "boom"), silu=("ok", ""), elu=("skipped", "new"), relu=("ok", "")
    )
    found = outcome_changes(base, head).set_index("activation")
    told = found[["base_status", "head_status", "reason"]].T.to_dict("list")
    assert told == {
        "gelu": ["ok", "failed", "boom"],
        "silu": ["failed", "ok", "NaN"],
        "elu": ["failed", "skipped", "new"],
    }


def test_what_became_the_same_in_both_or_is_in_one_alone_is_not_told():
    base, head = outcomes(gelu=("failed", "a"), silu=("ok", "")), outcomes(gelu=("failed", "b"))
    found = outcome_changes(base, head)
    assert found.empty
    assert tuple(found.columns) == COLUMNS
