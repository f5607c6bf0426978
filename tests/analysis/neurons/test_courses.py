from __future__ import annotations

import math

from curve_frames import frame_of, neuron_row

from bench_service.analysis.neurons.courses import COLUMNS, courses, finals

NAN = math.nan


def test_the_median_over_networks_with_its_interval_and_what_it_was_taken_over():
    rows = [neuron_row("relu", seed, [0.0, seed / 10]) for seed in range(9)]
    found = courses(frame_of(rows))
    assert list(found.columns) == list(COLUMNS)
    last = finals(found).iloc[0]
    assert (last["steps"], last["low"], last["median"], last["high"]) == (10, 0.1, 0.4, 0.7)
    assert (last["n_seeds"], last["n_diverged"], last["n_slices"]) == (9, 0, 9)
    assert (last["n_units"], last["n_probe"]) == (256, 512)


def test_a_diverged_network_has_no_dead_units_and_is_counted_instead():
    rows = [neuron_row("relu", 0, [0.0, 0.5]), neuron_row("relu", 1, [0.0, NAN], status="diverged")]
    last = finals(courses(frame_of(rows))).iloc[0]
    assert (last["median"], last["n_seeds"], last["n_diverged"]) == (0.5, 1, 1)


def test_where_all_diverged_before_the_end_the_end_says_so():
    rows = [neuron_row("relu", 0, [0, 0, 0]), neuron_row("elu", 0, [0.0, NAN], status="diverged")]
    last = finals(courses(frame_of(rows))).set_index("entry")
    assert math.isnan(last.loc["elu", "median"])
    assert (last.loc["elu", "n_seeds"], last.loc["elu", "n_diverged"]) == (0, 1)
    assert last.loc["relu", "median"] == 0


def test_rates_and_layers_are_apart_and_nothing_has_no_course():
    rows = [
        neuron_row("relu", 0, [0.0], lr=lr, layer=layer)
        for lr in (0.1, 1.0) for layer in ("act1", "network")
    ]  # fmt: skip
    assert len(courses(frame_of(rows))) == 4
    assert courses(frame_of(rows).iloc[:0]).empty
