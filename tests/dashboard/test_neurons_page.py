"""The page about neurons, of stores that hold what people's do."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from training_store import leaky_at_1, record_training

SECTIONS = [
    "How does it depend on the learning rate?", "Where, and when?", "Do they come back?",
    "How sparse, how active?", "Failed and skipped",
]  # fmt: skip


@pytest.fixture
def neurons(page):
    def run(**query):
        at = page("neurons", **query)
        assert not at.exception
        assert not at.error
        return at

    return run


def headlines(at):
    return [header.value for header in at.header]


def titles(charts, at):
    return [spec["title"]["text"] for spec in charts(at)]


def test_it_begins_with_the_workload_that_stresses_rates_and_one_at_which_units_die(
    charts, neurons, url, text, rng
):
    record_training(url, rng, diverges=leaky_at_1)
    at = neurons()
    assert at.selectbox(key="workload").value == "lr_stress"
    assert at.segmented_control(key="rate").value == "1"
    assert [each.value for each in at.subheader] == SECTIONS
    assert titles(charts, at) == [
        "grad_dead by learning rate",
        "Diverged by learning rate",
        "grad_dead, layer by layer",
        "Deaths, revivals, and who is dead",
        "Outputs of exactly 0",
        "Share of inputs above 0",
        "Share of inputs in a flat part",
    ]
    assert "Read off 256 inputs of the training distribution" in text(at)


def test_a_dead_rate_never_stands_without_what_diverged(charts, neurons, url, text, rng):
    record_training(url, rng, diverges=leaky_at_1)
    at = neurons(of="leaky_relu")
    said = text(at)
    assert headlines(at)[-1] == "leaky_relu", "the card beside is of what diverged"
    assert "Diverged and not counted: leaky_relu (9 of 12)." in said
    assert "by the end 9 of 12 seeds diverged" in said
    assert "9 more seeds diverged" in said
    assert "Medians over the seeds that didn't diverge" in said
    left, right = charts(at)[:2]
    assert left["layer"][1]["encoding"]["x"]["scale"] == right["layer"][1]["encoding"]["x"]["scale"]
    table = next(each.value for each in at.dataframe if "Not counted" in each.value.columns)
    row = table.set_index("Activation").loc["leaky_relu"]
    assert (row["Seeds"], row["Not counted"]) == (3, 9)


def test_a_grid_has_a_row_per_layer_and_the_number_in_each_cell(charts, neurons, url, rng):
    record_training(url, rng)
    spec = charts(neurons(rate="1", of="gelu"))[2]
    x, y = (spec["layer"][0]["encoding"][channel] for channel in "xy")
    assert y["sort"] == ["act1", "act2", "all layers"]
    assert x["sort"] == ["0", "25", "50", "100"]
    assert spec["layer"][1]["encoding"]["text"]["field"] == "text"
    assert "At step 100: act1" in spec["description"]
    assert spec["title"]["subtitle"] == [
        "lr_stress · gelu · at a rate of 1", "0 of 12 seeds diverged",
    ]  # fmt: skip


def test_another_metric_is_defined_and_drawn_with_its_own_unit(charts, neurons, url, text, rng):
    record_training(url, rng)
    at = neurons(metric="mean_shift")
    said = text(at)
    assert "**`mean_shift`**, distance of a unit's mean output from 0" in said
    assert "`mean_shift` is a number and not met or unmet by a unit: `grad_dead`." in said
    assert titles(charts, at)[0] == "mean_shift by learning rate"
    y = charts(at)[0]["layer"][0]["encoding"]["y"]
    assert y["title"] == "mean_shift (1)"
    asked = parse_qs(at.code[-1].value.partition("?")[2])
    assert (asked["metric"], asked["of"]) == (["mean_shift"], ["relu"])


def test_a_tuned_workload_shows_its_tuning_rates_and_the_rates_that_were_evaluated(
    charts, neurons, url, text, rng
):
    record_training(url, rng)
    at = neurons(workload="digits_mlp")
    assert at.segmented_control(key="rate").options == ["tuned", "default"]
    assert "3 tuning seeds at each rate" in text(at)
    assert "fewer than six seeds have **no interval**" in text(at)


def test_a_metric_that_was_not_kept_says_so_and_so_does_a_run_without_neurons(
    neurons, url, text, rng
):
    record_training(url, rng, has_neurons=False)
    at = neurons()
    assert "Nobody looked at the neurons of this workload" in text(at)
    assert "What every metric is" in str([each.label for each in at.expander])


def test_one_seed_has_no_interval_and_the_page_says_so(neurons, url, text, rng):
    record_training(url, rng, n_seeds=1)
    said = text(neurons())
    assert "(no interval)" in said
    assert "the median over 1 seed, with no interval" in said


def test_where_everything_diverged_nobody_has_neurons(neurons, url, text, rng):
    record_training(url, rng, diverges=lambda _case: True)
    at = neurons()
    said = text(at)
    assert headlines(at)[0] == "Nobody is left"
    assert "all 12 seeds diverged or overflowed before the end" in said
    assert "12 of 12" in said


def test_definitions_are_there_for_every_metric_with_name_formula_and_source(neurons, url, rng):
    record_training(url, rng)
    table = next(each.value for each in neurons().dataframe if "Formula" in each.value.columns)
    assert "grad_dead" in set(table["Name"])
    assert table["Formula"].str.len().min() > 5
    assert table["Source"].str.len().min() > 5


def test_fifty_activations_with_long_names_stay_a_page(charts, neurons, url, rng):
    names = ("relu", *(f"a_package_of_mine.module:activation_{index}" for index in range(49)))
    record_training(
        url, rng, names=names, n_seeds=2, keep=lambda case: case.workload == "lr_stress"
    )
    assert len(charts(neurons())) == 7
