"""Whose neurons die, at which learning rates, and where."""

from __future__ import annotations

import streamlit as st

from dashboard import states
from dashboard.bar import Bar
from dashboard.panels import definitions, neurons, protocol, run
from dashboard.training import data
from dashboard.training.selection import current_training

chosen = current_training()
bar = Bar()

st.title("Whose neurons die?")
with states.guarded("The run"):
    run.badges(chosen)
with states.guarded("The neurons"):
    workload = data.workload(chosen.run, chosen.shared)
    st.markdown(f"**{chosen.workload}** on {chosen.place.hardware}: {workload['description']}")
    chosen = neurons.sections(chosen, bar)
bar.tell()
with states.guarded("The definitions"):
    definitions.panel()
with states.guarded("Failures"):
    protocol.failures(chosen)
with states.guarded("The environment"):
    run.environment(chosen)
