"""Navigation: which pages there are, and the frame around them."""

from __future__ import annotations

import streamlit as st

from dashboard import frame
from dashboard.timings import TIMINGS
from dashboard.training.kind import trainings

st.set_page_config(page_title="bench-service", page_icon=frame.ICON, layout="wide")

pages = {
    st.Page(
        "views/overview.py", title="Overview", icon=":material/lightbulb:", default=True
    ): TIMINGS,
    st.Page("views/throughput.py", title="Throughput", icon=":material/speed:"): TIMINGS,
    st.Page("views/convergence.py", title="Convergence", icon=":material/trending_down:"): (
        trainings()
    ),
    st.Page("views/neurons.py", title="Neurons", icon=":material/hub:"): trainings("lr_stress"),
}
page = st.navigation(list(pages), position="top")
if frame.drawn(pages[page]):
    page.run()
