"""The frame around every page: it draws the shared choice and hands it to the page inside."""

from __future__ import annotations

import streamlit as st

from dashboard import data, selection, states
from dashboard.bar import Bar
from dashboard.kinds import Kind, Place
from db.errors import StoreError

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path d="M2 12 H8 L14 4" fill="none" stroke="#4B44F9" stroke-width="3"/></svg>'
)
"""The function itself, in line: an icon by name would be fetched from elsewhere."""

STYLE = "<style>.stMainBlockContainer { padding-top: 4.5rem; }</style>"
"""The choice begins where the navigation ends."""


def bare() -> None:
    """The frame around a page that chooses nothing."""
    st.session_state.pop(selection.STATE, None)
    st.html(STYLE)


def drawn(kind: Kind) -> bool:
    """True where there is a choice for a page to show; otherwise it was said why there is none."""
    st.session_state.pop(selection.STATE, None)
    try:
        _draw(kind)
    except StoreError as error:
        states.explain(error, kind.command)
    return selection.STATE in st.session_state


def _draw(kind: Kind) -> None:
    st.html(STYLE)
    machines = data.hardware()
    if machines.empty:
        why = f"The store at `{data.place()}` is empty."
        states.empty("There are no measurements yet", why, kind.command)
        return
    bar = Bar()
    with st.container(horizontal=True):
        name, fingerprint = selection.machine(bar, machines)
        found = data.runs(fingerprint)
        if not found:
            bar.tell()
            why = "It has only results of test sessions."
            states.empty("No run on this hardware", why, kind.command)
            return
        run = selection.run(bar, found, kind.count)
    rows = kind.rows(run)
    if rows.empty:
        bar.tell()
        states.nothing_in(run, kind, [each for each in found if kind.count(each)])
        return
    with st.container(horizontal=True):
        chosen = kind.choose(bar, Place(name, fingerprint, run), rows)
    bar.tell()
    st.session_state[selection.STATE] = chosen
