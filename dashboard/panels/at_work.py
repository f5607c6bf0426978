"""Jobs that are being measured: how far each is, where, and since when."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.markup import plain
from dashboard.service.answers import progress
from dashboard.service.jobs import asked_by
from dashboard.service.snapshot import Snapshot, name_of, records
from dashboard.service.times import clock_time, since
from dashboard.words import listing

SHOWN = 20


def panel(found: Snapshot) -> None:
    """A bar for each running job."""
    st.subheader("Running now", anchor="running")
    if found.running.empty:
        st.markdown("No job is being measured.")
        return
    jobs = records(found.running)
    for job in jobs[:SHOWN]:
        with st.container(border=True):
            _bar(job, found)
    if len(jobs) > SHOWN:
        st.caption(f"The newest {SHOWN} of {len(jobs):,}.")


def _bar(job: dict[str, Any], found: Snapshot) -> None:
    is_lost = found.is_lost(job["worker"])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if is_lost:
            st.badge("worker lost", color="orange", icon=":material/heart_broken:")
        else:
            st.badge("running", color="blue", icon=":material/hourglass_top:")
        st.markdown(f"**{plain(name_of(job))}**", width="content")
    said = f": {plain(job['now'], 150)}" if job["now"] else ""
    st.progress(min(1.0, max(0.0, job["share"] or 0.0)), text=f"{progress(job)}{said}")
    attempt = f", try {job['n_attempts']}" if job["n_attempts"] > 1 else ""
    started = f"{clock_time(job['started_at'], found.now)} ({since(job['started_at'], found.now)})"
    st.caption(
        f"suite {plain(job['suite'])} · on {plain(job['worker'])}{attempt} · since {started}"
        f" · asked for by {plain(asked_by(job))} · {job['uid']}"
    )
    if is_lost:
        st.markdown(_takeover(job, found))


def _takeover(job: dict[str, Any], found: Snapshot) -> str:
    """What becomes of a job whose worker was lost."""
    takers = found.takers(job["route"])
    lost = f"{plain(job['worker'])} has ended without a word. What it measured is kept, and "
    if takers:
        who = listing([plain(taker) for taker in takers[:3]])
        return f"{lost}{who} can go on with it, 90 seconds after that or once free."
    return f"{lost}a worker that has {plain(job['route'])} will go on; none is alive."
