"""The page about jobs: its sections in order, and the only part of any page that looks again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import streamlit as st

from dashboard import commands, data, states
from dashboard.panels import (
    at_work,
    changing,
    ended_jobs,
    lost_jobs,
    queue,
    schedules,
    standing,
    workers,
)
from dashboard.service.data import snapshot
from dashboard.service.snapshot import Snapshot
from db.errors import NotFoundError

LOOK_EVERY = timedelta(seconds=10)
"""As often as workers say what they are at."""
SECTIONS: Mapping[str, Callable[[Snapshot], None]] = {
    "The answers": standing.panel,
    "What runs": at_work.panel,
    "The queue": queue.panel,
    "The failures": lost_jobs.panel,
    "Cancelling": changing.panel,
    "The workers": workers.panel,
    "The schedules": schedules.panel,
    "What has ended": ended_jobs.panel,
}


@st.fragment(run_every=LOOK_EVERY)
def live() -> None:
    """Everything on the page; it looks again by itself, and what is open stays open."""
    with states.guarded("The jobs"):
        try:
            found = snapshot()
        except NotFoundError as error:
            nothing(f"{error.what} Looked at: `{error.got}`.")
            return
        if found.is_empty:
            nothing(f"Nothing was asked of any worker of the store at `{data.place()}`.")
            return
        st.caption(f"As of {found.now:%Y-%m-%d %H:%M:%S} UTC; looks again every 10 seconds.")
        for name, panel in SECTIONS.items():
            with states.guarded(name):
                panel(found)


def nothing(why: str) -> None:
    """A page without jobs: why that is, and the commands that begin."""
    states.empty("There are no jobs yet", why, commands.SUBMIT, "Ask for a suite to be measured:")
    st.markdown("Then have it measured, on this machine or any other that reaches the store:")
    st.code(data.command(commands.WORKER), language="bash", wrap_lines=True)
    st.caption("This page looks again every 10 seconds.")
