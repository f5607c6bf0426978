from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from training_frames import campaign, evaluated, slices_of, tuned

from bench_service.analysis.training.aggregate import aggregate
from bench_service.analysis.training.controls import aa_controls
from bench_service.analysis.training.learning_rate import choose_lr
from bench_service.analysis.training.normalised import normalise
from bench_service.analysis.training.ranking import (
    COLUMNS,
    OVERALL_COLUMNS,
    rank,
    rank_overall,
)
from bench_service.analysis.training.scores import scores

INSIDE = {0.001: (0.1,) * 3, 0.01: (0.9,) * 3, 0.1: (0.1,) * 3}
LOWEST = {0.01: (0.9,) * 3, 0.1: (0.1,) * 3}
HIGHEST = {0.001: (0.1,) * 3, 0.01: (0.9,) * 3}


def ranked(slices, grids=None, **task):
    scored = scores(slices)
    entries = dict.fromkeys(slices["activation"], INSIDE) | (grids or {})
    tuning = [row for name, grid in entries.items() for row in tuned(grid, name, **task)]
    controls = aa_controls(scored, np.random.default_rng(0), n_resamples=999)
    found = rank(scored, choose_lr(slices_of(tuning)), controls)
    assert list(found.columns) == list(COLUMNS)
    return found.set_index("entry")


def seeds(value, n=12):
    return [value + 0.001 * seed for seed in range(n)]


def test_the_best_median_is_first_and_equals_share_a_rank():
    found = ranked(evaluated({
        "relu": seeds(0.8), "gelu": seeds(0.9), "silu": seeds(0.9), "tanh": seeds(0.7)
    }))  # fmt: skip
    assert found["rank"].to_dict() == {"relu": 3, "gelu": 1, "silu": 1, "tanh": 4}
    assert (found["reason"] == "").all()


def test_of_losses_the_smallest_is_first():
    slices = evaluated({"relu": seeds(0.3), "gelu": seeds(0.2)}, "test_loss", metric="val_loss",
                       better="lower", chance=2.3)  # fmt: skip
    assert ranked(slices)["rank"].to_dict() == {"relu": 2, "gelu": 1}


def test_diverged_seeds_pull_an_activation_down_and_are_counted():
    found = ranked(evaluated({"relu": seeds(0.8), "gelu": [0.99] * 5 + [None] * 7}))
    assert found["rank"].to_dict() == {"relu": 1, "gelu": 2}
    assert list(found["n_diverged"]) == [0, 7]


def test_fewer_than_ten_seeds_are_not_ranked_and_the_others_are():
    found = ranked(evaluated({"relu": seeds(0.8, 10), "gelu": seeds(0.9, 9)}))
    assert found["rank"].isna().to_dict() == {"relu": False, "gelu": True}
    assert found.loc["gelu", "reason"] == "9 seeds; at least 10 are needed"
    assert found.loc["relu", "rank"] == 1


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        (LOWEST, "its rate 0.01 is the lowest tried: a lower one may be better"),
        (HIGHEST, "its rate 0.01 is the highest tried: a higher one may be better"),
        ({0.01: (0.9,) * 3}, "only one rate, 0.01, was tried"),
    ],
)
def test_a_rate_at_the_edge_of_the_grid_is_not_ranked(grid, reason):
    found = ranked(evaluated({"relu": seeds(0.8), "gelu": seeds(0.9)}), {"gelu": grid})
    assert found["rank"].isna().to_dict() == {"relu": False, "gelu": True}
    assert found.loc["gelu", "reason"] == reason


def test_the_default_rate_has_no_edge():
    slices = evaluated({"relu": seeds(0.8), "gelu": seeds(0.9)}, lr_role="default")
    assert ranked(slices, {"gelu": LOWEST})["rank"].to_dict() == {"relu": 2, "gelu": 1}


def test_nothing_is_ranked_where_a_control_fails():
    found = ranked(evaluated({
        "relu": seeds(0.8), "gelu": seeds(0.9), "relu_alias": seeds(0.85)
    }))  # fmt: skip
    assert found["rank"].isna().all()
    assert found["reason"].str.startswith("the A/A control fails: relu_alias is the same").all()


def test_a_control_that_one_seed_cannot_judge_refuses_nothing_by_itself():
    found = ranked(evaluated({"relu": [0.8], "relu_alias": [0.8]}))
    assert (found["reason"] == "1 seeds; at least 10 are needed").all()


@pytest.mark.parametrize(("n_lost", "is_refused"), [(2, False), (3, True)])
def test_nothing_is_ranked_where_more_than_ten_percent_of_the_cells_are_missing(n_lost, is_refused):
    """Of 2 activations by 14 seeds 2 are 7 %, and 3 are 11 %."""
    slices = evaluated({"relu": seeds(0.8, 14), "gelu": seeds(0.9, 14)})
    slices.loc[slices.index[-n_lost:], "status"] = "timeout"
    found = ranked(slices)
    assert found["rank"].isna().all() == is_refused
    if is_refused:
        assert set(found["reason"]) == {
            "11% of the cells have no score; at most 10 % may be missing"
        }


def test_a_seed_that_was_never_trained_is_a_missing_cell_too():
    found = ranked(evaluated({"relu": seeds(0.8, 14), "gelu": seeds(0.9, 11)}))
    assert found["rank"].isna().all()


def overall(slices, edges=()):
    scored = scores(slices)
    tuning = [
        row
        for workload in slices["workload"].unique()
        for activation in slices["activation"].unique()
        for row in tuned(
            LOWEST if (workload, activation) in edges else INSIDE, activation, workload=workload
        )
    ]
    rng = np.random.default_rng(0)
    of_tasks = rank(scored, choose_lr(slices_of(tuning)), aa_controls(scored, rng))
    found = rank_overall(aggregate(normalise(scored), rng, n_resamples=99), of_tasks)
    assert list(found.columns) == list(OVERALL_COLUMNS)
    return found.set_index("entry")


GAINS = {"relu": 0.0, "gelu": 0.2, "tanh": -0.2}


def test_over_workloads_the_best_iqm_is_first():
    found = overall(campaign(np.random.default_rng(1), GAINS))
    assert found["rank"].to_dict() == {"relu": 2, "gelu": 1, "tanh": 3}


def test_what_is_refused_on_a_workload_is_refused_over_all_of_them():
    slices = campaign(np.random.default_rng(1), GAINS)
    found = overall(slices, {("w1", "gelu"), ("w2", "gelu")})
    assert found["rank"].isna().to_dict() == {"relu": False, "gelu": True, "tanh": False}
    assert found.loc["gelu", "reason"].startswith("w1: its rate 0.01 is the lowest")
    assert found.loc["gelu", "reason"].endswith(", and 1 more")


def test_an_activation_that_lacks_a_workload_is_not_ranked_over_all_of_them():
    """Leaving out the hardest one would be an advantage."""
    slices = campaign(np.random.default_rng(1), GAINS)
    kept = slices[~((slices["workload"] == "w3") & (slices["activation"] == "gelu"))]
    found = overall(kept)
    assert found.loc["gelu", "reason"] == "trained on 3 of 4 tasks"
    assert found["rank"].isna().sum() == 1


def test_an_empty_aggregate_is_an_empty_ranking():
    scored = scores(evaluated({"relu": seeds(0.9)}, chance=np.nan))
    rng = np.random.default_rng(0)
    of_tasks = rank(scored, choose_lr(tuned(INSIDE)), aa_controls(scored, rng))
    found = rank_overall(aggregate(normalise(scored), rng), of_tasks)
    assert isinstance(found, pd.DataFrame)
    assert found.empty
