"""The run behind a page: what became of it, how much of it there is, and where it took place."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import commands, data
from dashboard.evidence import coverage
from dashboard.kinds import Choice
from dashboard.runs import Run

NOTHING = ("", "None", "{}")
STATUS = {
    "running": ("measuring", "blue", ":material/hourglass_top:"),
    "done": ("done", "green", ":material/check:"),
    "partial": ("partial", "orange", ":material/rule:"),
    "failed": ("failed", "red", ":material/close:"),
    "interrupted": ("interrupted", "orange", ":material/pause:"),
}


def badges(chosen: Choice) -> None:
    """Status, coverage and when, in a line."""
    run, header = chosen.run, data.header(chosen.run.uid)
    word, color, icon = STATUS[run.status]
    told = coverage(run.n_ok, int(header["n_planned"]), run.n_failed, run.n_skipped)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(word, color=color, icon=icon)  # type: ignore[arg-type]
        st.badge(told, color="orange" if run.n_failed else "gray", icon=":material/checklist:")
        st.caption(f"suite {run.suite} · {since(run)} · torch {run.torch_version}")
    if run.status == "running":
        st.info("This run is still measuring. What it has so far is shown; reload for more.")
    if run.status == "interrupted":
        st.info(f"This run was interrupted. Resume it: `{data.command(commands.resume(run.uid))}`")


def since(run: Run) -> str:
    """When a run took place and how long it took."""
    started = f"{run.started_at:%d %b %Y %H:%M} UTC"
    if run.finished_at is None or pd.isna(run.finished_at):
        return started
    return f"{started}, {(run.finished_at - run.started_at).total_seconds():,.0f} s"


def environment(chosen: Choice) -> None:
    """Where and with what it was measured."""
    facts = data.environment(chosen.run.uid)
    header = data.header(chosen.run.uid)
    with st.expander("Environment and provenance", icon=":material/memory:"):
        for name in ("hardware", "software"):
            st.markdown(f"**{name.capitalize()}**")
            st.dataframe(flat(facts[name]), hide_index=True)
        st.markdown("**Run**")
        own = ("uid", "engine_version", "seed", "n_planned", "environment", "code", "state")
        st.dataframe(flat({name: header.get(name) for name in own}), hide_index=True)
        st.markdown("**Address of exactly this view**, also when newer runs have come:")
        st.code(f"{st.context.url or ''}?{chosen.address()}", language=None, wrap_lines=True)


def flat(facts: dict[str, Any], before: str = "") -> pd.DataFrame:
    """Nested facts as two columns of text: fact and value."""
    rows: list[tuple[str, str]] = []
    for name, value in facts.items():
        if isinstance(value, dict) and value:
            inner = flat(value, f"{before}{name} · ")
            rows += list(inner.itertuples(index=False, name=None))
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append((f"{before}{name}".replace("_", " "), text if text not in NOTHING else "–"))
    return pd.DataFrame(rows, columns=["Fact", "Value"])
