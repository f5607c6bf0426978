"""How far to trust a page's numbers: what they rest on, in a few numbers and a sentence."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.quality import CERTIFIED_HALF_WIDTH, STABLE_HALF_WIDTH
from dashboard.evidence import trust
from dashboard.words import listing, plural

HELP = {
    "Child processes": "Each draws its memory anew; the intervals are over children.",
    "Spread over": "The time over which a group's children took turns with all others.",
    "ReLU against itself": "The same function entered twice in the same rounds: the noise that "
    "is left. Of several groups of rounds, the one that is worst off, with its 95 % interval.",
    "Half-width of a ratio": "The median half-width of the 95 % intervals of the ratios.",
    "Disturbed blocks": "The share that the machine interrupted; they are kept and left out.",
}
QUALITIES = ("certified", "stable", "unstable", "invalid")
MEANING = (
    f"Certified: the 95 % interval is within ±{CERTIFIED_HALF_WIDTH:.0%} and the machine was "
    f"quiet. Stable: within ±{STABLE_HALF_WIDTH:.1%}. Unstable: wider, disturbed, or ReLU "
    "differed from itself. Invalid: the work wasn't done as named, so no verdict."
)


def panel(frame: pd.DataFrame) -> None:
    """The evidence behind the rows of one size."""
    told = trust(frame)
    if not told:
        st.markdown("Nothing was measured here.")
        return
    with st.container(horizontal=True, border=True, gap="medium"):
        for name, value in told.items():
            st.metric(name, value, width="content", help=HELP[name])
    st.markdown(sentence(frame))
    st.caption(MEANING)


def sentence(frame: pd.DataFrame) -> str:
    """How many rows are of which quality, and what is least good about them."""
    rows = frame.loc[frame["quality"].notna()]
    counts = rows["quality"].value_counts()
    parts = [f"{counts[name]} {name}" for name in QUALITIES if name in counts]
    text = f"Of {plural(len(rows), 'timing')}: {listing(parts)}."
    doubted = rows.loc[rows["quality"].isin(["unstable", "invalid"]), "label"].unique()
    if len(doubted):
        text += f" Don't build on {listing(sorted(doubted))} before more was measured."
    return text
