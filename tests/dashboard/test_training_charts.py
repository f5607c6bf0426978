"""Charts about training as specifications: titles, units, intervals, words for readers, size."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from training_store import leaky_at_1, record_training

from bench_service.analysis.neurons.courses import courses
from bench_service.analysis.neurons.metrics import NEURON_METRICS
from bench_service.analysis.neurons.turnover import turnover
from bench_service.analysis.training.learning_curves import learning_curves
from bench_service.analysis.training.summary import summarise
from dashboard.charts import (
    against_relu,
    base,
    by_layer,
    by_rate,
    diverged,
    good_rates,
    learning,
    to_target,
)
from dashboard.charts import turnover as turnover_chart
from dashboard.charts.training_axes import FAR, beyond, metric, share
from dashboard.panels import dead_by_rate
from dashboard.training.metric import Metric
from db import queries
from db.session import open_store

LOSS = Metric("test_loss")
ENDS = {"low": "diverged_low", "high": "diverged_high"}


def named(frame):
    return frame.assign(label=frame["entry"])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with one run, and its id."""
    url = f"sqlite:///{tmp_path_factory.mktemp('training') / 'store.db'}"
    uid = record_training(url, np.random.default_rng(2), diverges=leaky_at_1)
    with open_store(url, read_only=True) as opened:
        yield opened, uid


@pytest.fixture(scope="module")
def drawn(store):
    """Every chart, by name."""
    opened, uid = store
    slices = queries.training_slices(opened, uid)
    tuned = slices["workload"] == "digits_mlp"
    found = summarise(slices[tuned], np.random.default_rng(0))
    swept = summarise(slices[~tuned], np.random.default_rng(0))
    roles = ("eval",)
    curves = queries.training_curves(opened, uid, workload="digits_mlp", lr_roles=roles)
    medians = named(learning_curves(curves[curves["metric"] == "loss"]))
    layers = queries.neuron_curves(
        opened, uid, workload="lr_stress", metrics=("grad_dead",), activations=("relu",)
    )
    masks = queries.neuron_masks(opened, uid, workload="lr_stress", metric="grad_dead")
    course = turnover(masks[(masks["activation"] == "relu") & (masks["lr"] == 1)])

    def at(frame):
        return named(frame[frame["lr_role"] == "eval"])

    lost = named(swept.divergence).rename(columns=ENDS)
    rates = named(found.by_rate).assign(value=lambda rows: rows["score"], shown="as said")
    return {
        "learning": learning.chart(medians[medians["split"] == "val"], Metric("val_loss"), "held"),
        "differences": against_relu.chart(at(found.differences), LOSS, "held"),
        "target": to_target.chart(at(found.curves_to_target), 100, "held"),
        "means": to_target.means(at(found.mean_steps), "held"),
        "by rate": by_rate.chart(rates, metric(LOSS, rates["score"]), "Loss by rate", "loss"),
        "good rates": good_rates.chart(named(found.robustness), rates["lr"], "held"),
        "diverged": diverged.rows(lost[lost["at_lr"] == 1], "held"),
        "diverged grid": diverged.grid(lost, "held"),
        "layers": by_layer.chart(courses(layers[layers["lr"] == 1]), NEURON_METRICS["grad_dead"]),
        "turnover": turnover_chart.chart(course, "relu", "held"),
    }


NAMES = ("learning", "differences", "target", "means", "by rate", "good rates", "diverged",
         "diverged grid", "layers", "turnover")  # fmt: skip


def layers(chart):
    return chart.to_dict()["layer"]


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_has_a_title_a_description_and_few_marks(name, drawn):
    spec = drawn[name].to_dict()
    assert 0 < len(spec["title"]["text"]) <= 45, "it must fit a phone"
    assert len(spec["description"]) > 60
    assert "nan" not in spec["description"]
    assert 0 < base.mark_count(drawn[name]) < 500
    json.dumps(spec, allow_nan=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_has_units_on_its_axes(name, drawn):
    units = ("(1", "(%", "training steps", "learning rate", "points", "mean training steps")
    titles = {
        layer["encoding"][channel].get("title")
        for layer in layers(drawn[name])
        for channel in ("x", "y")
        if "field" in layer.get("encoding", {}).get(channel, {})
    } - {None}
    assert titles
    assert [title for title in titles if not any(unit in title for unit in units)] == []


@pytest.mark.parametrize(
    "name", ["learning", "differences", "target", "means", "by rate", "good rates", "diverged"]
)
def test_a_chart_shows_intervals_and_activations_by_more_than_colour(name, drawn):
    with_ends = [
        layer["mark"]["type"]
        for layer in layers(drawn[name])
        if {"x2", "y2"} & set(layer.get("encoding", {}))
    ]
    assert set(with_ends) & {"rule", "area"}
    channels = set().union(*(layer.get("encoding", {}) for layer in layers(drawn[name])))
    assert {"color", "shape"} <= channels


@pytest.mark.parametrize("name", ["diverged grid", "layers"])
def test_every_cell_of_a_grid_has_its_number_in_ink_that_follows_the_theme(name, drawn):
    rect, text = layers(drawn[name])
    assert rect["encoding"]["fillOpacity"]["field"] == "level"
    assert text["encoding"]["text"]["field"] == "text"
    ink = text["encoding"]["fill"]
    assert ink["value"] == "currentColor"
    assert ink["condition"]["value"] == "white"


def test_deaths_are_filled_and_up_and_revivals_hollow_and_down(drawn):
    (rows,) = [
        data for data in drawn["turnover"].to_dict()["datasets"].values() if "kind" in data[0]
    ]
    assert all(row["share"] >= 0 for row in rows if row["kind"] == "deaths")
    assert all(row["share"] <= 0 for row in rows if row["kind"] == "revivals")
    opacity = layers(drawn["turnover"])[0]["encoding"]["fillOpacity"]
    assert opacity["value"] == 0
    assert opacity["condition"]["value"] > 0.5


def test_better_is_left_of_relu_for_a_loss_and_right_of_it_for_an_accuracy():
    frame = pd.DataFrame(
        {"label": ["a", "b"], "difference": [-0.1, 0.2], "low": [-0.2, 0.1], "high": [0.0, 0.3],
         "verdict": ["better", "worse"], "rope": [0.01, 0.01]}
    )  # fmt: skip
    said = json.dumps(against_relu.chart(frame, LOSS).to_dict(), ensure_ascii=False)
    assert "◀ better" in said
    assert "worse ▶" in said
    flipped = against_relu.chart(frame, Metric("test_accuracy")).to_dict()
    assert "better ▶" in json.dumps(flipped, ensure_ascii=False)
    assert flipped["layer"][-1]["encoding"]["y"]["sort"] == ["b", "a"], "the best first"


def test_an_interval_of_any_size_leaves_room_for_the_others():
    frame = pd.DataFrame(
        {"label": ["a", "b"], "difference": [0.1, 2.0], "low": [0.0, 1.0], "high": [0.2, 1e20],
         "verdict": ["worse", "worse"], "rope": [0.01, 0.01]}
    )  # fmt: skip
    scale = layers(against_relu.chart(frame, LOSS))[-1]["encoding"]["x"]["scale"]
    assert scale["domain"][1] < 10
    assert scale["clamp"]


def test_losses_far_beyond_chance_are_drawn_at_the_end_of_the_axis_and_that_is_said():
    y = metric(LOSS, [0.1, 2.0, 1e26], chance=2.3)
    assert y["scale"].domain[1] < 2 * FAR * 2.3
    assert "drawn at the top" in beyond(LOSS, pd.Series([1e26]), 2.3)
    assert beyond(LOSS, pd.Series([3.0]), 2.3) == ""
    assert beyond(LOSS, pd.Series([1e26]), math.nan) == ""
    assert beyond(Metric("val_accuracy"), pd.Series([1.0]), 0.1) == ""


def test_many_evaluations_are_thinned_to_what_can_be_seen():
    steps = np.arange(1000)
    kept = learning.thinned(pd.DataFrame({"steps": steps}))["steps"]
    assert len(kept) == learning.POINTS_MAX
    assert (kept.iloc[0], kept.iloc[-1]) == (0, 999)
    assert len(learning.thinned(pd.DataFrame({"steps": steps[:30]}))) == 30


def test_times_are_drawn_to_the_budget_where_a_seed_never_arrives():
    frame = pd.DataFrame(
        {"label": ["a"] * 3, "steps": [0.0, 10, 20], "not_reached": [1.0, 0.5, 0.2],
         "low": math.nan, "high": math.nan}
    )  # fmt: skip
    data = to_target.prepared(frame, 100)
    assert data["steps"].tolist() == [0, 10, 20, 100]
    assert data["value"].tolist() == [1, 0.5, 0.2, 0.2]
    assert to_target.until(data, 100) == 100
    arrived = to_target.prepared(frame.assign(not_reached=[1.0, 0.5, 0.0]), 100)
    assert to_target.until(arrived, 100) == 26


def test_activations_at_one_rate_stand_side_by_side():
    frame = pd.DataFrame({"label": ["relu", "elu"] * 2, "lr": [0.1, 0.1, 1.0, 1.0]})
    places = by_rate.apart(frame)["place"]
    assert places[0] < 0.1 < places[1] < places[2] < 1.0 < places[3]
    assert np.log10(places[1] / places[0]) < 0.2


@pytest.mark.parametrize("count", [1, 50])
def test_fifty_activations_stay_far_below_the_limit(count):
    frame = pd.DataFrame(
        [
            {"label": f"act{ix}", "steps": step, "median": 1.0, "low": 0.9, "high": 1.1,
             "n_seeds": 12, "n_diverged": 0}
            for ix in range(count)
            for step in range(200)
        ]
    )  # fmt: skip
    marks = base.mark_count(learning.chart(frame, Metric("val_loss")))
    assert marks < base.MARKS_MAX / 2


def test_nothing_measured_makes_charts_that_say_so(store):
    columns = ["label", "steps", "median", "low", "high", "n_seeds", "n_diverged"]
    empty = learning.chart(pd.DataFrame(columns=columns), Metric("val_loss"))
    assert "No activation has a median" in empty.to_dict()["description"]
    rows = pd.DataFrame({"label": ["relu"], "lr": [0.1], "value": [math.nan], "low": [math.nan],
                         "high": [math.nan], "shown": ["–"]})  # fmt: skip
    chart = by_rate.chart(rows, share("dead (%)"), "Dead by rate", "dead")
    assert "no activation has a value" in chart.to_dict()["description"]


def test_where_no_unit_dies_the_axis_still_spans_shares_that_can_be_read():
    looks = pd.DataFrame(
        {"steps": [0, 10], "n_seeds": 12, "n_units": 16, "dead": 0.0, "deaths": 0.0,
         "revivals": 0.0}
    )  # fmt: skip
    y = layers(turnover_chart.chart(looks, "relu", "held"))[0]["encoding"]["y"]
    low, high = y["scale"]["domain"]
    assert high - low >= 0.02


def test_none_that_diverged_is_a_mark_without_a_bar_and_a_sentence_says_what_that_leaves_open():
    table = pd.DataFrame(
        {"label": ["relu", "elu"], "lr": [0.1, 0.1], "n_slices": [3, 3], "low": [math.nan] * 2,
         "diverged_rate": [0.0, 1.0], "diverged_low": [0.0, 0.44], "diverged_high": [0.56, 1.0]}
    )  # fmt: skip
    sets = dead_by_rate.of_diverged(table, "held").to_dict()["datasets"].values()
    bars = {row["label"]: row["high"] for rows in sets for row in rows if "high" in row}
    assert bars == {"relu": None, "elu": 1.0}
    assert "may still be up to 56 %" in dead_by_rate.sentence(table, "tune")
