"""Jobs that have ended, and the way to what they measured."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import figure
from dashboard.markup import plain
from dashboard.runs import Run
from dashboard.service import jobs
from dashboard.service.data import addresses
from dashboard.service.snapshot import Snapshot, name_of, records
from dashboard.service.times import moment
from dashboard.words import plural

SHOWN = 8
PAGES = (
    ("views/overview.py", "Overview", ":material/lightbulb:", "n_timings"),
    ("views/convergence.py", "Convergence", ":material/trending_down:", "n_slices"),
)
"""Where a run's results are, and what it must have some of."""


def panel(found: Snapshot) -> None:
    """The newest with links to their results, and a table of more."""
    st.subheader("Ended", anchor="ended")
    if found.ended.empty:
        st.markdown("No job has ended yet.")
        return
    newest = records(found.ended.head(SHOWN))
    known = addresses(tuple(str(job["run"]) for job in newest if job["run"]))
    for job in newest:
        _line(job, known.get(str(job["run"])))
    with st.expander(f"The newest {plural(len(found.ended), 'job')}", icon=":material/table:"):
        figure.show(jobs.ended(found.ended), jobs.ENDED, known=jobs.COLUMNS)


def _line(job: dict[str, Any], address: tuple[str, Run] | None) -> None:
    word, color, icon = jobs.WORDS[job["status"]]
    took = jobs.took(job)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(word, color=color, icon=icon)  # type: ignore[arg-type]
        st.markdown(f"**{plain(name_of(job), 80)}**", width="content")
        st.caption(moment(job["ended_at"]) + (f", took {took}" if took else ""), width="content")
        for page, label, sign, count in PAGES:
            if address is not None and getattr(address[1], count):
                query = {"hardware": address[0], "run": address[1].name}
                st.page_link(page, label=label, icon=sign, query_params=query)
