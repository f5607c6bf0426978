"""What was asked of workers: what waits, what runs, what failed, and what comes next."""

from __future__ import annotations

import streamlit as st

from dashboard.panels import jobs

st.title("What waits, what runs, what failed?")
jobs.live()
