"""Which activation trains best, how sure that is, and what it depends on."""

from __future__ import annotations

import streamlit as st

from dashboard import states
from dashboard.bar import Bar
from dashboard.panels import convergence, protocol, run
from dashboard.training import data
from dashboard.training.selection import current_training

chosen = current_training()
bar = Bar()

st.title("Which one trains best here?")
with states.guarded("The run"):
    run.badges(chosen)
with states.guarded("The training"):
    workload = data.workload(chosen.run, chosen.shared)
    st.markdown(f"**{chosen.workload}** on {chosen.place.hardware}: {workload['description']}")
    chosen = convergence.sections(chosen, workload, bar)
    protocol.panel(chosen, workload)
bar.tell()
with states.guarded("Failures"):
    protocol.failures(chosen)
with states.guarded("The environment"):
    run.environment(chosen)
