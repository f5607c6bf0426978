"""Results of pytest-benchmark, shown for what they are: times of one process, and no verdicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from bench_service.quantities import format_time
from dashboard import data
from dashboard.selection import Chosen

COLUMNS = {
    "name": "Benchmark",
    "median": "Median",
    "n_rounds": "Rounds",
    "commit": "Commit",
    "machine": "Machine",
    "session": "When (UTC)",
}


def prepared(found: pd.DataFrame) -> pd.DataFrame:
    """One row per benchmark and session, the median in ns."""
    medians = [float(np.median(times)) if len(times) else np.nan for times in found["times_ns"]]
    return found.assign(median=medians)[list(COLUMNS)]


def panel(chosen: Chosen) -> None:
    """The newest test sessions on the chosen hardware."""
    st.subheader("Results of test sessions", anchor="ci")
    found = data.ci(chosen.fingerprint)
    if found.empty:
        st.markdown(
            "None on this hardware. Benchmarks of a test suite appear here once the suite runs "
            "with pytest-benchmark and this package installed."
        )
        return
    st.markdown(
        "Measured by pytest-benchmark in a single process each, one after the other: good for "
        "seeing that something happened, and **not verdicts**. One process may differ from the "
        "next by several per cent for no reason; to hold two versions against each other, measure "
        "a suite with each and give both runs to `bench-service compare`."
    )
    rows = prepared(found)
    shown = rows.rename(columns=COLUMNS).head(data.BENCHMARKS_MAX)
    printed: Any = {
        "Median": format_time,
        "Rounds": "{:,}",
        "When (UTC)": "{:%Y-%m-%d %H:%M}",
    }
    st.dataframe(shown.style.format(printed, na_rep="–"), hide_index=True)
    st.download_button(
        "Download as CSV",
        rows.to_csv(index=False),
        file_name="test-sessions.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
