"""What to do next: where to look closer, and the command that measures more."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import commands, data
from dashboard.answers import RELU
from dashboard.selection import Chosen


def panel(frame: pd.DataFrame, chosen: Chosen) -> None:
    """Links and commands that fit what was found."""
    st.subheader("Next")
    st.page_link(
        "views/throughput.py",
        label="Throughput: sizes, passes, allocator, quality",
        icon=":material/speed:",
    )
    unclear = frame.loc[(frame["verdict"] == "inconclusive") & (frame["activation"] != RELU)]
    if len(unclear):
        st.markdown("More child processes, for those that can't be told apart from ReLU yet:")
        command = data.command(commands.narrower(unclear, chosen.run.suite))
        st.code(command, language="bash", wrap_lines=True)
    st.markdown("More activations, sizes and passes, and the warm allocator beside the default:")
    st.code(data.command(commands.MORE), language="bash")
