"""What surrounds a kernel: fresh memory on CPUs, launches on GPUs; and where that matters."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import commands, figure
from dashboard.charts import conditions, faults
from dashboard.selection import Chosen
from dashboard.words import CONDITIONS, PASSES, listing, short_size

PAIRS = (("default", "arena"), ("wall", "kernel"))
"""What people get, over the kernel by itself: the warm allocator's, or the device's clock."""

MATTERS = 1.1
"""A condition matters where it changes the median time by more than 10 %."""


def panel(word: str, chosen: Chosen) -> None:
    """The pair of conditions that this hardware has, where both were measured."""
    rows = chosen.rows(but=["condition"])
    rows = rows.loc[rows["pass_name"].map(PASSES) == word]
    have = set(rows.loc[rows["time_ns"].notna(), "condition"])
    pair = next((pair for pair in PAIRS if have >= set(pair)), None)
    st.subheader("What does the allocator add?" if pair in (PAIRS[0], None) else "And the launch?",
                 anchor="surroundings")  # fmt: skip
    if pair is None:
        missing(rows)
        return
    st.markdown(sentence(conditions.prepared(rows, *pair), pair))
    both = rows.loc[rows["condition"].isin(pair)]
    left, right = st.columns([3, 2])
    held = f"{word} · {chosen.shared['backend']} · {chosen.shared['dtype']}"
    with left:
        st.altair_chart(conditions.chart(rows, *pair, held), width="stretch")
    with right:
        if both["faults_per_call"].notna().any():
            st.altair_chart(faults.chart(both, held), width="stretch")
    with st.expander("Data and commands", icon=":material/table:"):
        figure.cases(both, figure.CASE_COLUMNS, "surroundings", chosen.run.suite)


def sentence(pairs: pd.DataFrame, pair: tuple[str, str]) -> str:
    """At which sizes the condition matters, and by how much."""
    names = [CONDITIONS[name] for name in pair]
    middle = pairs.groupby("numel")["ratio"].median()
    matter = middle.loc[middle > MATTERS]
    if matter.empty:
        return f"At no size measured here does the {names[0]} add more than 10 % to the {names[1]}."
    sizes = listing([f"{short_size(int(size))} elements" for size in matter.index])
    worst = int(str(matter.idxmax()))
    told = f"The {names[0]} matters at {sizes}: up to {matter.max():.2g} × the {names[1]}'s time"
    at = pairs.loc[pairs["numel"] == worst, "faults_per_call"].median()
    if pair == PAIRS[0] and at >= 1:
        told += f", with {at:,.0f} page faults a call at {short_size(worst)}"
    return told + "."


def missing(rows: pd.DataFrame) -> None:
    """Why there is nothing to compare, when it would matter, and what measures it."""
    at = rows.loc[rows["faults_per_call"] >= 1, "numel"]
    if len(at):
        st.markdown(
            f"From {at.min():,} elements upwards each call faults in fresh pages, so a warm "
            "allocator would be faster there. This run didn't measure one; this command does:"
        )
    else:
        st.markdown(
            "No call faulted in fresh pages at these sizes, so a warm allocator would change "
            "little. It starts to matter where an output is large, at about a million float32 "
            "elements. This command measures both:"
        )
    st.code(commands.MORE, language="bash")
