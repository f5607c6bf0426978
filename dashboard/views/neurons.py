"""Whose neurons die, at which learning rates, and where."""

from __future__ import annotations

import streamlit as st

from dashboard import states
from dashboard.panels import run
from dashboard.training.selection import current_training

chosen = current_training()
st.title("Whose neurons die?")
with states.guarded("The run"):
    run.badges(chosen)
with states.guarded("The environment"):
    run.environment(chosen)
