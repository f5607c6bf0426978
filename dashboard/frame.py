"""The frame around every page: it draws the shared choice and hands it to the page inside."""

from __future__ import annotations

import streamlit as st

from dashboard import commands, data, selection, states
from dashboard.bar import Bar
from dashboard.runs import Run
from db.errors import StoreError

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path d="M2 12 H8 L14 4" fill="none" stroke="#4B44F9" stroke-width="3"/></svg>'
)
"""The function itself, in line: an icon by name would be fetched from elsewhere."""

STYLE = "<style>.stMainBlockContainer { padding-top: 4.5rem; }</style>"
"""The choice begins where the navigation ends."""


def drawn() -> bool:
    """True where there is a choice for a page to show; otherwise it was said why there is none."""
    st.session_state.pop(selection.STATE, None)
    try:
        _draw()
    except StoreError as error:
        states.explain(error)
    return selection.STATE in st.session_state


def _draw() -> None:
    st.html(STYLE)
    machines = data.hardware()
    if machines.empty:
        states.empty("There are no measurements yet", f"The store at `{data.place()}` is empty.")
        return
    bar = Bar()
    with st.container(horizontal=True):
        name, fingerprint = selection.machine(bar, machines)
        found = data.runs(fingerprint)
        if not found:
            bar.tell()
            states.empty("No run on this hardware", "It has only results of test sessions.")
            return
        run = selection.run(bar, found)
    timing = data.timing(run)
    if timing.empty:
        bar.tell()
        _nothing_in(run)
        return
    with st.container(horizontal=True):
        shared, numel, labels = selection.scope(bar, timing)
    bar.tell()
    st.session_state[selection.STATE] = selection.Chosen(
        name, fingerprint, run, timing, shared, numel, labels
    )


def _nothing_in(run: Run) -> None:
    if run.is_measuring:
        states.empty(
            "This run has only begun",
            f"**{run.name}** is measuring and has no result yet.",
            f"bench-service show {run.uid}",
            "Reload this page in a while, or see how far it is:",
        )
        return
    if run.status == "interrupted":
        states.empty(
            "This run was interrupted before its first result",
            f"**{run.name}** can go on from where it was.",
            commands.resume(run.uid),
            "Resume it, then reload this page:",
        )
        return
    states.empty("This run measured nothing", f"**{run.name}** ended as {run.status}.")
