"""How things stand: the four answers, and what can't go on by itself."""

from __future__ import annotations

import streamlit as st

from dashboard import commands, data
from dashboard.markup import plain
from dashboard.service.answers import cards
from dashboard.service.snapshot import Snapshot
from dashboard.service.vain import in_vain, live_routes

HIDDEN = "***"


def panel(found: Snapshot) -> None:
    """What waits in vain, said at once; then a card for each question."""
    stuck = in_vain(found)
    if stuck:
        st.warning(
            "  \n".join([*stuck, f"Live workers have {live_routes(found)}."]),
            icon=":material/person_off:",
        )
        st.markdown("A worker on a machine that has it takes them:")
        command = data.command(commands.WORKER)
        st.code(command, language="bash", wrap_lines=True)
        if HIDDEN in command:
            st.caption(f"In place of {plain(HIDDEN)} goes the password.")
    told = cards(found)
    for left in range(0, len(told), 2):
        for column, card in zip(st.columns(2), told[left : left + 2], strict=True):
            with column.container(border=True, height="stretch"):
                st.caption(card.about)
                st.header(card.head, anchor=False)
                st.markdown("\n\n".join(card.sentences))
