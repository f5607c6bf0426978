"""What every neuron metric is, by the name that is stored with each number."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bench_service.analysis.neurons.metrics import NEURON_METRICS
from dashboard import figure
from dashboard.tabular import Column

HEADINGS = {
    "name": Column("name", "Name", "Stored with every number"),
    "long_name": Column("long_name", "Says"),
    "formula": Column("formula", "Formula", "Of one unit; a layer has the mean over units"),
    "meaningful_for": Column("meaningful_for", "Meaningful for"),
    "better": Column("better", "Better"),
    "source": Column("source", "Source"),
}


def panel() -> None:
    """The definitions as a table."""
    with st.expander("What every metric is, and where it is from", icon=":material/menu_book:"):
        st.markdown(
            "A unit is a neuron of a dense layer or a channel of a convolution. z is what goes "
            "into its activation f, h = f(z) what comes out, g = f'(z) the slope there, each over "
            "the probe inputs; sup|f'| is the steepest slope of f, RMS the root mean square of h "
            "over the layer. Only one of these words is compared across activations without "
            "harm: `grad_dead`."
        )
        rows = [
            {name: getattr(metric, name) for name in HEADINGS} for metric in NEURON_METRICS.values()
        ]
        figure.show(pd.DataFrame(rows), list(HEADINGS), whole=True, known=HEADINGS)
