"""The workers: what they have, when they last said that they live, and what they take."""

from __future__ import annotations

import streamlit as st

from dashboard import commands, data, figure
from dashboard.service import workers
from dashboard.service.snapshot import Snapshot
from dashboard.words import listing

SHOWN = 100


def panel(found: Snapshot) -> None:
    """One row per worker, those at work first."""
    st.subheader("Workers", anchor="workers")
    table = workers.table(found.workers, found.now)
    if table.empty:
        st.markdown("None has ever been here. This command starts one:")
        st.code(data.command(commands.WORKER), language="bash", wrap_lines=True)
        return
    counts = table["state"].value_counts()
    told = listing([f"{counts[state]} {state}" for state in workers.ORDER if state in counts])
    st.markdown(f"{told}. Workers say that they live every 10 seconds.")
    figure.show(table.head(SHOWN), list(workers.COLUMNS), known=workers.COLUMNS)
    if len(table) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(table):,}.")
