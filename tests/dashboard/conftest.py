"""Frames as the analysis makes them, stores as a machine leaves them, and pages."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from bench_service.analysis.timing import summarise
from dashboard import words
from db import queries
from db.session import open_store

HERE = Path(__file__).parent
APP = HERE.parents[1] / "dashboard" / "app.py"


def _load(name):
    spec = importlib.util.spec_from_file_location(f"dashboard_tests_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def synthetic():
    """The module that makes stores."""
    return _load("synthetic")


@pytest.fixture
def rng():
    """A generator whose numbers are the same in every run."""
    return np.random.default_rng(20_261_120)


@pytest.fixture
def url(tmp_path, monkeypatch):
    """The address of a store that isn't there yet, which the pages look at."""
    place = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("BENCH_SERVICE_DB", place)
    st.cache_data.clear()
    st.cache_resource.clear()
    return place


@pytest.fixture(scope="session")
def timing(synthetic, tmp_path_factory):
    """The analysed cases of a whole run with both allocators, as a page gets them."""
    place = f"sqlite:///{tmp_path_factory.mktemp('timing') / 'store.db'}"
    groups = synthetic.groups_of(conditions=("default", "arena"))
    uid = synthetic.record_run(
        place, np.random.default_rng(1), groups=groups, failed=["mish"], skipped=["selu"]
    )
    with open_store(place, read_only=True) as store:
        frame = summarise(
            queries.timing_outcomes(store, uid),
            queries.timing_blocks(store, uid),
            queries.timing_processes(store, uid),
        )
    return frame.assign(label=words.labels(frame))


@pytest.fixture
def page(url):
    """A function that runs a page: its file's name, and what its address says."""
    del url

    def run(name="overview", **query):
        at = AppTest.from_file(str(APP), default_timeout=60)
        for key, value in query.items():
            at.query_params[key] = value
        at.run()
        if name != "overview":
            at.switch_page(f"views/{name}.py").run()
        return at

    return run


@pytest.fixture
def text():
    """A function that gives all that a page says, as one text."""

    def said(at):
        kinds = (
            "title", "header", "subheader", "markdown", "caption", "info", "warning", "error",
            "code", "metric",
        )  # fmt: skip
        parts = []
        for kind in kinds:
            for element in at.get(kind):
                parts.append(str(getattr(element, "label", "") or ""))
                parts.append(str(element.value))
        return "\n".join(parts)

    return said


@pytest.fixture(scope="session")
def charts():
    """A function that gives the specifications of a page's charts."""

    def specs(at):
        elements = at.get("arrow_vega_lite_chart") or at.get("vega_lite_chart")
        return [json.loads(element.proto.spec) for element in elements]

    return specs
