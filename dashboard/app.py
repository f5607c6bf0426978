"""Navigation: which pages there are, and the frame around them."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import frame
from dashboard.kinds import Kind
from dashboard.timings import TIMINGS
from dashboard.training.kind import trainings

st.set_page_config(page_title="bench-service", page_icon=frame.ICON, layout="wide")

pages: dict[StreamlitPage, Kind | None] = {
    st.Page(
        "views/overview.py", title="Overview", icon=":material/lightbulb:", default=True
    ): TIMINGS,
    st.Page("views/throughput.py", title="Throughput", icon=":material/speed:"): TIMINGS,
    st.Page("views/convergence.py", title="Convergence", icon=":material/trending_down:"): (
        trainings("digits_mlp", "deep_plain")
    ),
    st.Page("views/neurons.py", title="Neurons", icon=":material/hub:"): trainings("lr_stress"),
    st.Page("views/jobs.py", title="Jobs", icon=":material/work_history:"): None,
}
page = st.navigation(list(pages), position="top")
kind = pages[page]
if kind is None:
    frame.bare()
    page.run()
elif frame.drawn(kind):
    page.run()
