"""Navigation: which pages there are, and the frame around them."""

from __future__ import annotations

import streamlit as st

from dashboard import frame

st.set_page_config(page_title="bench-service", page_icon=frame.ICON, layout="wide")

page = st.navigation(
    [
        st.Page("views/overview.py", title="Overview", icon=":material/lightbulb:", default=True),
        st.Page("views/throughput.py", title="Throughput", icon=":material/speed:"),
    ],
    position="top",
)
if frame.drawn():
    page.run()
