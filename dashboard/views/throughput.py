"""What each activation costs: by size, by pass and by allocator."""

from __future__ import annotations

import streamlit as st

from dashboard import states
from dashboard.bar import Bar
from dashboard.charts.measures import MEASURES
from dashboard.panels import ci, comparison, failures, quality, run, surroundings
from dashboard.selection import current
from dashboard.words import PASSES

chosen = current()
rows = chosen.rows()
bar = Bar()

st.title("What does each one cost?")
with states.guarded("The run"):
    run.badges(chosen)
with st.container(horizontal=True):
    timed = [PASSES[name] for name in PASSES if name in set(rows["pass_name"])]
    word = bar.toggle("Pass", timed, "pass")
    measure = bar.toggle("Against size", list(MEASURES), "show")
bar.tell()
one_pass = rows.loc[rows["pass_name"].map(PASSES) == word]

with states.guarded("Time against size"):
    comparison.by_size(one_pass, MEASURES[measure], word, chosen)
with states.guarded("The ratio to ReLU"):
    comparison.ratios(one_pass, word, chosen)
with states.guarded("Forward against backward"):
    comparison.passes(rows, chosen)
with states.guarded("The allocator"):
    surroundings.panel(word, chosen)
with states.guarded("Quality"):
    quality.panel(one_pass, chosen)
with states.guarded("Failures"):
    failures.failures(chosen)
with states.guarded("Results of test sessions"):
    ci.panel(chosen)
with states.guarded("The environment"):
    run.environment(chosen)
