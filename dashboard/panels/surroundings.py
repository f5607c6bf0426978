"""What surrounds a kernel: fresh memory on CPUs, launches on GPUs; and where that matters."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import commands, data, figure
from dashboard.charts import condition_rows, conditions, faults
from dashboard.selection import Chosen
from dashboard.words import CONDITIONS, PASSES, listing, short_size

QUESTIONS = {
    ("default", "arena"): "What does the allocator add?",
    ("wall", "kernel"): "What does the launch add?",
}
"""What people get, over the kernel by itself: with a warm allocator, or by the device's clock."""

PAIRS = tuple(QUESTIONS)

CPU = {"cpu-eager", "cpu-compile"}

MATTERS = 1.1
"""A condition matters where it changes the median time by more than 10 %."""


def panel(word: str, chosen: Chosen) -> None:
    """The pair of conditions that this hardware has, where both were measured."""
    rows = chosen.rows(but=["condition"])
    rows = rows.loc[rows["pass_name"].map(PASSES) == word]
    have = set(rows.loc[rows["time_ns"].notna(), "condition"])
    pair = next((pair for pair in PAIRS if have >= set(pair)), None)
    st.subheader(QUESTIONS[pair or PAIRS[0]], anchor="surroundings")
    if pair is None:
        missing(rows)
        return
    pairs = conditions.prepared(rows, *pair)
    st.markdown(sentence(pairs, pair))
    both = rows.loc[rows["condition"].isin(pair) & rows["numel"].isin(pairs["numel"])]
    several = len(pairs["numel"].unique()) > 1
    draw = conditions.chart if several else condition_rows.chart
    left, right = st.columns([3, 2])
    held = f"{word} · {chosen.shared['backend']} · {chosen.shared['dtype']}"
    with left:
        st.altair_chart(draw(both, *pair, held), width="stretch")
    with right:
        if several and both["faults_per_call"].max() >= 1:
            st.altair_chart(faults.chart(both, held), width="stretch")
    with st.expander("Data and commands", icon=":material/table:"):
        figure.cases(both, figure.CASE_COLUMNS, "surroundings", chosen.run.suite)


def sentence(pairs: pd.DataFrame, pair: tuple[str, str]) -> str:
    """At which sizes the condition matters, and by how much."""
    names = [CONDITIONS[name] for name in pair]
    middle = pairs.groupby("numel")["value"].median()
    matter = middle.loc[middle > MATTERS]
    if matter.empty:
        measured = listing([f"{short_size(int(str(size)))} elements" for size in middle.index])
        return f"At {measured} the {names[0]} adds less than 10 % to the {names[1]}'s time."
    sizes = where(list(middle.index), list(matter.index))
    worst = int(str(matter.idxmax()))
    told = f"The {names[0]} matters at {sizes}: up to {matter.max():.2g} × the {names[1]}'s time"
    at = pairs.loc[pairs["numel"] == worst, "faults_per_call"].median()
    if pair == PAIRS[0] and at >= 1:
        told += f", with {at:,.0f} page faults a call at {short_size(worst)}"
    return told + "."


def where(sizes: list[int], chosen: list[int]) -> str:
    """Sizes in words; those that reach up to the largest are named by the first."""
    if len(chosen) > 1 and chosen == sizes[-len(chosen) :]:
        return f"{short_size(chosen[0])} elements and more"
    return listing([f"{short_size(size)} elements" for size in chosen])


def missing(rows: pd.DataFrame) -> None:
    """Why there is nothing to compare, when it would matter, and what measures it."""
    if not set(rows["backend"]) <= CPU:
        st.markdown("Only one of the device's clocks was read. This command reads them all:")
    elif faulting := faults_by_size(rows):
        st.markdown(
            f"Calls that fault in fresh memory: {'; '.join(faulting)}. With a warm allocator "
            "they would be faster. This run didn't measure one; this command does:"
        )
    else:
        st.markdown(
            "No call faulted in fresh memory at these sizes, so a warm allocator would change "
            "little. It starts to matter where an output is large, at about a million float32 "
            "elements. This command measures both:"
        )
    st.code(data.command(commands.MORE), language="bash")


def faults_by_size(rows: pd.DataFrame) -> list[str]:
    """Which activations fault at every call, size by size."""
    faulting = rows.loc[rows["faults_per_call"] >= 1]
    return [
        f"{listing(sorted(here['label']), limit=4)} at {short_size(int(str(size)))} elements"
        for size, here in faulting.groupby("numel")
    ]
