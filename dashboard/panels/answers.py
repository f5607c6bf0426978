"""The answers of a page, one card per pass."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.answers import fastest
from dashboard.words import PASSES


def cards(frame: pd.DataFrame) -> None:
    """One card for each pass that was asked for, side by side where there is room."""
    timed = [name for name in PASSES if name in set(frame["pass_name"])]
    if not timed:
        st.markdown("Nothing was asked for at this size.")
        return
    for column, name in zip(st.columns(len(timed)), timed, strict=True):
        answer = fastest(frame.loc[frame["pass_name"] == name])
        with column.container(border=True, height="stretch"):
            st.caption(f"Fastest {PASSES[name]}")
            st.header(answer.headline, anchor=False)
            if answer.ratio:
                st.markdown(f"**{answer.ratio}**")
            st.markdown("\n\n".join(answer.sentences))
