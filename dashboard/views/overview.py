"""Which activation is fastest here, and how far that can be trusted."""

from __future__ import annotations

import streamlit as st

from dashboard import states, words
from dashboard.panels import answers, failures, next_step, ranking, run, trust
from dashboard.selection import current

chosen = current()
rows = chosen.rows()
here = rows.loc[rows["numel"] == chosen.numel]

st.title("Which activation is fastest here?")
with states.guarded("The run"):
    run.badges(chosen)
st.markdown(
    f"At **{words.elements(chosen.numel, chosen.shared['dtype'])}** a call on "
    f"{chosen.hardware}, {chosen.held()}."
)
with states.guarded("The answers"):
    answers.cards(here)
with states.guarded("The ranking"):
    ranking.panel(here, chosen)
with states.guarded("The evidence"):
    st.subheader("How far to trust it")
    trust.panel(here)
with states.guarded("The failures"):
    failures.failures(chosen)
with states.guarded("The next step"):
    next_step.panel(here, chosen)
with states.guarded("The environment"):
    run.environment(chosen)
