"""Schedules: when each is due next, and what became of the moments before."""

from __future__ import annotations

import streamlit as st

from dashboard import commands, data, figure
from dashboard.service import schedules
from dashboard.service.snapshot import Snapshot


def panel(found: Snapshot) -> None:
    """The schedules, and the newest firings of each."""
    st.subheader("Schedules", anchor="schedules")
    if found.schedules.empty:
        st.markdown("There are none. This measures the suite quick every night at two:")
        st.code(data.command(commands.SCHEDULE), language="bash", wrap_lines=True)
        return
    if found.live.empty:
        st.warning(
            "No worker is alive, and it is workers that look at the clock: nothing fires until "
            "one starts.",
            icon=":material/alarm_off:",
        )
    figure.show(schedules.table(found), schedules.SCHEDULES, known=schedules.COLUMNS)
    last = schedules.firings(found)
    if last.empty:
        st.markdown("None of them has been due yet.")
        return
    st.markdown("**The last moments at which they were due**")
    figure.show(last, schedules.FIRINGS, known=schedules.COLUMNS)
