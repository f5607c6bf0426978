"""The jobs that wait, in the order in which they are taken."""

from __future__ import annotations

import streamlit as st

from dashboard import figure
from dashboard.service import jobs
from dashboard.service.snapshot import Snapshot

SHOWN = 100


def panel(found: Snapshot) -> None:
    """The first jobs in line."""
    st.subheader("The queue", anchor="queue")
    table = jobs.queue(found)
    if table.empty:
        st.markdown("No job waits.")
        return
    figure.show(table.head(SHOWN), jobs.QUEUE, known=jobs.COLUMNS)
    if found.is_cut:
        st.caption(f"The first {SHOWN} of the newest {len(table):,}; more wait that are older.")
    elif len(table) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(table):,}.")
