"""Charts as specifications: marks, encodings, titles with units, words for readers, size."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from dashboard.charts import (
    base,
    by_size,
    condition_rows,
    conditions,
    faults,
    measures,
    passes,
    ratio,
)

SIZE = 1_048_576


@pytest.fixture
def forward(timing):
    return timing[(timing["pass_name"] == "forward") & (timing["condition"] == "default")]


@pytest.fixture
def drawn(timing, forward):
    """Every chart, by name, of one run."""
    here = timing[(timing["numel"] == SIZE) & (timing["condition"] == "default")]
    both = timing[timing["pass_name"] == "forward"]
    return {
        **{name: by_size.chart(forward, measure) for name, measure in measures.MEASURES.items()},
        "ratio": ratio.chart(forward[forward["numel"] == SIZE], "forward"),
        "passes": passes.chart(here, "1 Mi elements"),
        "conditions": conditions.chart(both, "default", "arena", "forward"),
        "condition rows": condition_rows.chart(both[both["numel"] == SIZE], "default", "arena"),
        "faults": faults.chart(both, "forward"),
    }


NAMES = (
    *("time", "relative to ReLU", "bytes per second"),
    *("ratio", "passes", "conditions", "condition rows", "faults"),
)


def layers(chart):
    return chart.to_dict()["layer"]


def kinds(chart):
    return [layer["mark"]["type"] for layer in layers(chart)]


def axis_titles(chart):
    found = set()
    for layer in layers(chart):
        for channel in ("x", "y"):
            title = layer.get("encoding", {}).get(channel, {}).get("title")
            found |= {title} if title else set()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_has_a_title_a_description_and_few_marks(name, drawn):
    spec = drawn[name].to_dict()
    assert spec["title"]["text"]
    assert len(spec["title"]["text"]) <= 45, "it wouldn't fit a phone"
    assert len(spec["description"]) > 60
    assert base.mark_count(drawn[name]) < 500


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_has_units_on_its_axes(name, drawn):
    units = ("(s, ", "(B/s, ", "(×, ", "(×)", "(count, ", "elements per call")
    titles = axis_titles(drawn[name])
    assert titles
    assert all(any(unit in title for unit in units) for title in titles), titles


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_shows_intervals_as_rules_with_two_ends(name, drawn):
    with_ends = [
        layer
        for layer in layers(drawn[name])
        if layer["mark"]["type"] == "rule" and {"x2", "y2"} & set(layer["encoding"])
    ]
    assert with_ends


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_json_without_nan(name, drawn):
    json.dumps(drawn[name].to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", ["time", "relative to ReLU", "bytes per second", "conditions"])
def test_lines_differ_in_colour_dash_and_shape_and_have_their_name_at_the_end(name, drawn):
    channels = set().union(*(layer.get("encoding", {}) for layer in layers(drawn[name])))
    assert {"color", "strokeDash", "shape"} <= channels
    axis = layers(drawn[name])[-1]["encoding"]["y"]["axis"]
    assert axis["orient"] == "right"
    assert all(f'"{label}"' in axis["labelExpr"] for label in ("relu", "gelu", "hardtanh"))
    assert len(axis["values"]) == axis["labelExpr"].count('"') / 2


def test_the_copy_stands_beside_times_and_speeds_and_not_beside_ratios(drawn):
    words = {
        name: [layer["mark"].get("text") for layer in layers(drawn[name])] for name in NAMES[:3]
    }
    assert "copy" in words["time"]
    assert "copy" in words["bytes per second"]
    assert "copy" not in words["relative to ReLU"]


def test_ratios_are_sorted_around_a_line_at_one_between_faster_and_slower(drawn, forward):
    spec = drawn["ratio"].to_dict()
    order = spec["layer"][-1]["encoding"]["y"]["sort"]
    here = forward[(forward["numel"] == SIZE) & (forward["status"] == "ok")]
    assert order == list(here.sort_values("ratio")["label"])
    scale = spec["layer"][-1]["encoding"]["x"]["scale"]
    assert scale["type"] == "log"
    assert scale["base"] == 2
    assert scale["domain"][0] < 1 < scale["domain"][1]
    assert {"◀ faster", "slower ▶"} <= {
        str(value) for data in spec["datasets"].values() for row in data for value in row.values()
    }


def test_the_wide_range_of_one_process_holds_the_interval(drawn):
    encodings = [layer["encoding"] for layer in layers(drawn["ratio"])]
    starts = [e["x"]["field"] for e in encodings if "x2" in e]
    assert starts == ["process_low", "ratio_low"]


def test_failed_and_skipped_cases_are_not_drawn(drawn):
    shown = {
        row.get("label")
        for chart in drawn.values()
        for data in chart.to_dict()["datasets"].values()
        for row in data
    }
    assert "gelu" in shown
    assert not shown & {"mish", "selu"}


def test_forward_and_backward_differ_in_shape(drawn):
    shape = layers(drawn["passes"])[-1]["encoding"]["shape"]
    assert shape["scale"]["domain"] == ["forward", "backward"]
    assert len(set(shape["scale"]["range"])) == 2


def test_the_allocators_ratio_is_that_of_the_two_times(timing):
    both = timing[timing["pass_name"] == "forward"]
    pairs = conditions.prepared(both, "default", "arena").set_index(["label", "numel"])
    relu = both[(both["label"] == "relu") & (both["numel"] == SIZE)].set_index("condition")
    expected = relu.loc["default", "time_ns"] / relu.loc["arena", "time_ns"]
    found = pairs.loc[("relu", SIZE)]
    assert found["value"] == pytest.approx(expected)
    assert found["low"] < found["value"] < found["high"]
    assert 1024 not in pairs.index.get_level_values("numel")


@pytest.mark.parametrize("make", [by_size.chart, ratio.chart, passes.chart, faults.chart])
def test_a_frame_with_nothing_measured_makes_an_empty_chart(make, forward):
    lost = forward[forward["status"] != "ok"]
    assert base.mark_count(make(lost)) <= 3
    assert "measured" in make(lost).to_dict()["description"] or make is faults.chart


def test_fifty_activations_at_ten_sizes_stay_far_below_the_limit(forward):
    one = forward[forward["status"] == "ok"]
    many = pd.concat(
        [
            one.assign(label=[f"act{i}_{label}" for label in one["label"]], numel=2**k)
            for i in range(5)
            for k in range(10, 20)
        ]
    ).drop_duplicates(["label", "numel"])
    assert base.mark_count(by_size.chart(many)) < base.MARKS_MAX / 4


def test_marks_are_counted_over_all_layers(drawn, forward):
    measured = int((forward["status"] == "ok").sum())
    labels = forward.loc[forward["status"] == "ok", "label"].nunique()
    copies, word = forward["numel"].nunique(), 1
    assert base.mark_count(drawn["time"]) == 3 * measured + labels + copies + word


def test_an_interval_that_is_missing_doesn_t_stop_a_chart(forward):
    gaps = forward.assign(process_low=np.nan, process_high=np.nan)
    spec = ratio.chart(gaps[gaps["numel"] == SIZE]).to_dict()
    json.dumps(spec, allow_nan=False)
