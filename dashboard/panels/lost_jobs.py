"""Jobs that failed or ended partial: why, at which tries, and what was said last."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import commands, data
from dashboard.markup import first_line, plain, tail, uncontrolled
from dashboard.service.data import attempts
from dashboard.service.jobs import WORDS
from dashboard.service.snapshot import Snapshot, name_of, records
from dashboard.service.times import moment, span

SHOWN = 10
LOG_HEIGHT = 320
SCROLLS_FROM = 1_000
"""A log of more characters gets a box that scrolls."""
TRIES = {
    "number": "Try", "worker": "Worker", "started": "Began", "took": "Took",
    "outcome": "Outcome", "reason": "Reason",
}  # fmt: skip


def panel(found: Snapshot) -> None:
    """The newest failures, each with its reason at once and its log below it."""
    st.subheader("Failed and partial", anchor="failures")
    jobs = records(found.unsuccessful)
    if not jobs:
        n = len(found.ended)
        st.markdown(f"None of the last {n} that ended." if n else "No job has ended.")
        return
    for job in jobs[:SHOWN]:
        _failure(job)
    if len(jobs) > SHOWN:
        st.caption(f"The newest {SHOWN} of {len(jobs):,}. This lists more of them:")
        st.code(data.command(f"{commands.JOBS} --limit 200"), language="bash", wrap_lines=True)


def _failure(job: dict[str, Any]) -> None:
    word, _, icon = WORDS[job["status"]]
    head = f"**{plain(name_of(job), 60)}** {word} · {moment(job['ended_at'])}"
    reason = plain(first_line(job["reason"]), 80) or "no reason was given"
    with st.expander(f"{head} · {reason}", icon=icon, key=f"lost-{job['uid']}"):
        st.code(uncontrolled(job["reason"]) or "no reason", language=None, wrap_lines=True)
        tries = attempts(job["uid"], job["ended_at"])
        st.dataframe(table(tries), hide_index=True, key=f"tries-{job['uid']}")
        logs = [row for row in records(tries) if str(row["log"] or "").strip()]
        if not logs:
            st.markdown("The measuring process left no log.")
            return
        st.caption(f"What try {logs[-1]['number']} said last")
        end = tail(logs[-1]["log"])
        is_long = len(end) > SCROLLS_FROM
        st.code(end, language=None, wrap_lines=True, height=LOG_HEIGHT if is_long else "content")


def table(tries: pd.DataFrame) -> pd.DataFrame:
    """The tries at a job, as text under their headings."""
    rows = [
        {
            **row,
            "started": moment(row["started_at"]),
            "took": span((row["ended_at"] - row["started_at"]).total_seconds())
            if row["ended_at"]
            else "",
            "outcome": row["outcome"] or "under way",
            "reason": first_line(row["reason"] or ""),
        }
        for row in records(tries)
    ]
    return pd.DataFrame(rows, columns=list(TRIES)).rename(columns=TRIES)
