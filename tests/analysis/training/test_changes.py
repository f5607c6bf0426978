from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from training_frames import evaluated, slice_row, slices_of, tuned

from bench_service.analysis.training.changes import COLUMNS, IDENTICAL, score_changes
from bench_service.analysis.training.evaluated import n_only

RELU = [0.80, 0.70, 0.60, 0.50, 0.40, 0.30]
GAINS = (2, 3, 4, 5, 6, 7)
"""Of which the median is 4.5, and the exact signed-rank p-value 2 / 2^6."""
LOSS = {"metric": "val_loss", "better": "lower", "chance": math.log(10)}


def changed(base, head, seed=0):
    found = score_changes(base, head, np.random.default_rng(seed), n_resamples=999)
    assert tuple(found.columns) == COLUMNS
    return found.set_index("entry")


def raised(scores, points=GAINS):
    return [score + gain / 100 for score, gain in zip(scores, points, strict=True)]


def test_by_hand():
    """ReLU is what it was; GELU is 2 to 7 points better, seed by seed."""
    base = evaluated({"relu": RELU, "gelu": RELU})
    head = evaluated({"relu": RELU, "gelu": raised(RELU)})
    row = changed(base, head).loc["gelu"]
    assert row["difference"] == pytest.approx(0.045)
    assert (row["base_score"], row["head_score"]) == pytest.approx((0.55, 0.595))
    assert 0.02 <= row["low"] < 0.045 < row["high"] <= 0.07
    assert row["p_value"] == row["p_holm"] == pytest.approx(2 / 64)
    assert row["rope"] == pytest.approx(0.0045)  # 1 % of 0.55 - 0.1
    assert (row["n_seeds"], row["verdict"], row["changed"], row["reason"]) == (6, "better", "", "")
    back = changed(head, base).loc["gelu"]
    assert (back["difference"], back["verdict"]) == (pytest.approx(-0.045), "worse")


def test_a_smaller_loss_is_better():
    runs = [evaluated({"relu": values}, "test_loss", **LOSS) for values in (raised(RELU), RELU)]
    row = changed(*runs).loc["relu"]
    assert (row["difference"], row["verdict"]) == (pytest.approx(-0.045), "better")


def test_scores_are_paired_by_seed_and_not_by_place():
    base = evaluated({"relu": RELU})
    row = changed(base, evaluated({"relu": raised(RELU)}).iloc[::-1]).loc["relu"]
    assert row["difference"] == pytest.approx(0.045)


def test_only_seeds_that_both_have_count():
    base = evaluated({"relu": RELU})
    head = evaluated({"relu": [*raised(RELU), 0.1, 0.1, 0.1]})
    row = changed(base, head).loc["relu"]
    assert (row["n_seeds"], row["base_n_slices"], row["head_n_slices"]) == (6, 6, 9)
    assert row["head_score"] == pytest.approx(0.595)


def test_what_is_the_same_to_the_last_bit_is_identical_without_a_test():
    """Also with seeds too few for a verdict, and where a seed diverged as it did before."""
    run = evaluated({"relu": RELU, "elu": [0.8, None, 0.6]})
    found = changed(run, run)
    assert list(found["verdict"]) == [IDENTICAL, IDENTICAL]
    assert list(found["difference"]) == [0, 0]
    assert list(found["reason"]) == ["", ""]
    assert found["p_value"].isna().all()


@pytest.mark.parametrize("number", ["val_loss", "test_loss", "best_step", "lr"])
def test_equal_scores_of_other_trainings_are_not_identical(number):
    """An accuracy on a few hundred rows is soon the same by chance."""
    base = evaluated({"relu": RELU})
    head = base.assign(**{number: base[number].fillna(0) + 1})
    row = changed(base, head).loc["relu"]
    assert (row["verdict"], row["p_value"]) == ("equivalent", 1)


def test_identical_rows_are_no_members_of_the_family_and_others_are():
    base = evaluated({"relu": RELU, "gelu": RELU, "silu": RELU, "elu": RELU})
    better = raised(RELU)
    head = evaluated({"relu": RELU, "gelu": better, "silu": better, "elu": RELU})
    found = changed(base, head)
    assert list(found.loc[["gelu", "silu"], "p_holm"]) == pytest.approx([4 / 64, 4 / 64])
    assert list(found.loc[["gelu", "silu"], "verdict"]) == ["inconclusive"] * 2


def test_a_diverged_seed_scores_chance_and_is_counted():
    base = evaluated({"relu": [0.8] * 8})
    head = evaluated({"relu": [None] * 7 + [0.8]})
    row = changed(base, head).loc["relu"]
    assert (row["base_n_diverged"], row["head_n_diverged"]) == (0, 7)
    assert (row["head_score"], row["difference"]) == pytest.approx((0.1, -0.7))
    assert row["verdict"] == "worse"


def test_a_seed_that_failed_is_left_out_and_said():
    base, head = evaluated({"relu": RELU}), evaluated({"relu": raised(RELU)})
    head.loc[0, ["status", "reason"]] = ["timeout", "no end within 9 s"]
    row = changed(base, head).loc["relu"]
    assert (row["n_seeds"], row["verdict"]) == (5, "inconclusive")
    assert row["reason"] == (
        "5 seeds: no verdict below 6; 1 without a score in head, timeout: no end within 9 s"
    )
    head["status"] = "timeout"
    row = changed(base, head).loc["relu"]
    assert (row["n_seeds"], row["verdict"], row["head_n_slices"]) == (0, None, 0)
    assert row["reason"].startswith("no seed that both have; 6 without a score in head")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("workload_version", 2, "version 1 in base and 2 in head"),
        ("n_steps", 500, "number of steps 1000 in base and 500 in head"),
        ("metric", "val_loss", "metric test_accuracy in base and test_loss in head"),
    ],
)
def test_another_task_is_not_compared_and_makes_nobody_else_look_less_sure(name, value, words):
    base = evaluated({"relu": RELU})
    other = evaluated({"relu": RELU}, workload="other")
    head = pd.concat([evaluated({"relu": raised(RELU)}), other.assign(**{name: value})])
    found = changed(pd.concat([base, other]), head).set_index("workload")
    row = found.loc["other"]
    assert (row["verdict"], row["reason"], row["n_seeds"]) == (None, f"not comparable: {words}", 0)
    assert np.isnan(row[["difference", "base_score", "p_value", "p_holm"]].astype(float)).all()
    assert found.loc["digits", "p_holm"] == pytest.approx(2 / 64)


def test_another_rate_target_or_version_of_the_activation_is_compared_and_said():
    base = evaluated({"relu": RELU}, target_metric="val_accuracy", target=0.9, target_version=1)
    head = evaluated(
        {"relu": raised(RELU)}, lr=0.0316, activation_version=2, target_metric="val_accuracy",
        target=0.95, target_version=2,
    )  # fmt: skip
    row = changed(base, head).loc["relu"]
    assert (row["verdict"], row["base_lr"], row["head_lr"]) == ("better", 0.01, 0.0316)
    assert row["changed"] == (
        "tuned rate 0.01 in base and 0.0316 in head; version of the activation 1 in base and 2 in "
        "head; target (steps to it don't compare) val_accuracy 0.9, version 1 in base and "
        "val_accuracy 0.95, version 2 in head"
    )


def test_a_version_that_isnt_known_is_said_to_be_unknown():
    base = evaluated({"relu": RELU}, activation_version=pd.NA)
    found = changed(base, evaluated({"relu": RELU})).loc["relu"]
    assert found["changed"] == "version of the activation unknown in base and 1 in head"
    assert found["verdict"] == IDENTICAL


def test_roles_initialisations_backends_parameters_and_rates_of_a_sweep_are_trainings_apart():
    ways = [
        {}, {"lr_role": "default"}, {"init": "he"}, {"optimizer": "sgd"}, {"backend": "cuda-eager"},
        {"lr_role": "sweep", "lr": 1.0}, {"lr_role": "sweep", "lr": 3.0}, {"workload": "other"},
        {"params": {"alpha": 0.5}},
    ]  # fmt: skip
    base = pd.concat([evaluated({"elu": RELU}, **way) for way in ways])
    head = pd.concat([
        evaluated({"elu": [score + ix / 1000 for score in RELU]}, **way)
        for ix, way in enumerate(ways)
    ])  # fmt: skip
    found = changed(base, head)
    assert list(found["difference"]) == pytest.approx([ix / 1000 for ix in range(len(ways))])
    assert n_only(base, head) == n_only(head, base) == 0


def test_what_was_tuned_on_or_skipped_is_no_training_and_runs_without_have_no_rows():
    nothing = slices_of([slice_row("relu", 0)]).iloc[:0]
    tuning = slices_of(tuned({0.1: [0.5, 0.6]}))
    skipped = evaluated({"relu": RELU}, status="skipped")
    whole = evaluated({"relu": RELU, "gelu": RELU})
    for run in (nothing, tuning, skipped):
        assert changed(run, whole).empty
        assert changed(whole, run).empty
        assert (n_only(run, whole), n_only(whole, run)) == (0, 2)


def test_of_two_versions_in_one_run_the_newer_one_counts():
    old = evaluated({"relu": [0.1] * 6})
    new = evaluated({"relu": RELU}, workload_version=2)
    row = changed(pd.concat([old, new]), new).loc["relu"]
    assert (row["base_workload_version"], row["verdict"]) == (2, IDENTICAL)


def test_what_lies_within_the_noise_of_either_runs_own_controls_is_no_change():
    """Head's alias of ReLU is off by 0.1 either way: 0.045 may be noise, unlike in a quiet run."""
    quiet = evaluated({"relu": RELU, "relu_alias": RELU, "gelu": RELU})
    off = [score + (-0.1, 0.1)[seed % 2] for seed, score in enumerate(RELU)]
    for alias, verdict in ((RELU, "better"), (off, "inconclusive")):
        head = evaluated({"relu": RELU, "relu_alias": alias, "gelu": raised(RELU)})
        row = changed(quiet, head).loc["gelu"]
        assert row["p_value"] == pytest.approx(2 / 64)
        if alias is RELU:
            assert row["verdict"] == verdict
        assert row["noise_floor"] == (0 if alias is RELU else pytest.approx(0.1))
        if alias is off:
            assert row["verdict"] == verdict


def test_equal_trainings_with_noise_are_seldom_called_different():
    """Of 20 comparisons of nothing, Holm over each family of 5 lets at most a few through."""
    rng = np.random.default_rng(3)
    n_false = 0
    for _ in range(20):
        runs = [
            evaluated({f"a{k}": list(0.8 + rng.normal(0, 0.05, 8)) for k in range(5)})
            for _ in range(2)
        ]
        n_false += changed(*runs)["verdict"].isin(["better", "worse"]).any()
    assert n_false <= 4  # P(more than 4 of 20 at 5 %) is 0.3 %
