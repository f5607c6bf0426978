"""Units whose story is written down, a string of checkpoints each: 1 is dead."""

from __future__ import annotations

import math

from curve_frames import frame_of, mask_row

from bench_service.analysis.neurons.turnover import FATE_COLUMNS, TURNOVER_COLUMNS, fates, turnover

STORY = ("1111", "0011", "0100", "0000")
"""Born dead and stays so; dies third; dies second and revives third; lives."""


def test_deaths_and_revivals_between_checkpoints_are_shares_of_all_units():
    found = turnover(frame_of([mask_row("relu", 0, STORY)]))
    assert list(found.columns) == list(TURNOVER_COLUMNS)
    numbers = found[["steps", "dead", "deaths", "revivals"]]
    assert numbers.to_numpy().tolist() == [
        [0, 0.25, 0, 0], [10, 0.5, 0.25, 0], [20, 0.5, 0.25, 0.25], [30, 0.5, 0, 0],
    ]  # fmt: skip
    assert (found["n_seeds"] == 1).all()
    assert (found["n_units"] == 4).all()


def test_layers_of_a_slice_are_one_network_and_seeds_are_averaged():
    layers = {"act1": (["11"], ["00"]), "act2": (["01", "00", "00"], ["00", "00", "00"])}
    rows = [
        mask_row("relu", seed, units, layer=layer)
        for layer, of_seeds in layers.items()
        for seed, units in enumerate(of_seeds)
    ]
    found = turnover(frame_of(rows))
    assert found["n_units"].tolist() == [4, 4]
    assert found["n_seeds"].tolist() == [2, 2]
    assert found["dead"].tolist() == [1 / 8, 2 / 8]
    assert found["deaths"].tolist() == [0, 1 / 8]


def test_a_slice_counts_as_long_as_it_is_a_network():
    rows = [mask_row("relu", 0, ["11", "00"]), mask_row("relu", 1, ["1", "1"])]
    found = turnover(frame_of(rows))
    assert found["n_seeds"].tolist() == [2, 1]
    assert found["dead"].tolist() == [3 / 4, 1 / 2]


def test_what_became_of_units_in_all():
    row = fates(frame_of([mask_row("relu", 0, STORY)]), 30).iloc[0]
    assert list(row.index) == list(FATE_COLUMNS)
    named = {name: row[name] for name in ("born_dead", "deaths", "revivals", "dead_at_end")}
    assert named == {"born_dead": 0.25, "deaths": 0.5, "revivals": 0.25, "dead_at_end": 0.5}
    assert row["share_born_dead"] == 0.5
    assert math.isnan(row["dead_at_end_low"]), "one seed has no interval"


def test_fates_are_medians_over_slices_that_were_seen_at_the_end():
    rows = [mask_row("relu", seed, ["01"] * seed + ["00"] * (8 - seed)) for seed in range(9)]
    rows.append(mask_row("relu", 9, ["0"] * 8))
    row = fates(frame_of(rows), 10).iloc[0]
    assert (row["n_seeds"], row["n_unfinished"]) == (9, 1)
    assert (row["dead_at_end_low"], row["dead_at_end"], row["dead_at_end_high"]) == (
        1 / 8, 4 / 8, 7 / 8,
    )  # fmt: skip
    assert row["share_born_dead"] == 0


def test_slices_that_diverged_at_once_are_unfinished_and_none_dead_is_no_share():
    lost = mask_row("relu", 1, ["0", "0"])
    lost |= {"steps": lost["steps"][:0], "mask": lost["mask"][:0]}
    found = fates(frame_of([mask_row("relu", 0, ["00", "00"]), lost]), 10).iloc[0]
    assert (found["n_seeds"], found["n_unfinished"]) == (1, 1)
    assert math.isnan(found["share_born_dead"])
    assert turnover(frame_of([lost])).empty
    alone = fates(frame_of([lost, mask_row("elu", 0, ["00"])]), 10).set_index("entry").loc["relu"]
    assert (alone["n_seeds"], alone["n_unfinished"]) == (0, 1)
    assert math.isnan(alone["dead_at_end"])


def test_where_all_were_lost_early_nobody_is_at_the_end():
    found = fates(frame_of([mask_row("relu", seed, ["0", "0"]) for seed in range(3)]), 10).iloc[0]
    assert (found["n_seeds"], found["n_unfinished"]) == (0, 3)


def test_no_mask_is_no_row():
    nothing = frame_of([mask_row("relu", 0, STORY)]).iloc[:0]
    assert turnover(nothing).empty
    assert fates(nothing, 30).empty
