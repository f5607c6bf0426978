"""Which activation trains best, how sure that is, and what it depends on."""

from __future__ import annotations

import streamlit as st

from dashboard import states
from dashboard.panels import run
from dashboard.training.selection import current_training

chosen = current_training()
st.title("Which one trains best here?")
with states.guarded("The run"):
    run.badges(chosen)
with states.guarded("The environment"):
    run.environment(chosen)
