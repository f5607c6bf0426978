"""Metrics, rates and protocols as people read them."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from training_store import MLP, STRESS

from dashboard.training.columns import columns
from dashboard.training.metric import Metric
from dashboard.training.protocol import protocol
from dashboard.training.rates import Rate, first, rates


@pytest.mark.parametrize(
    ("symbol", "name", "is_higher_better", "shown", "difference"),
    [
        ("test_loss", "test loss", False, "0.123", "−0.012"),
        ("val_accuracy", "validation accuracy", True, "12.3 %", "−1.2 points"),
        ("train_accuracy", "training accuracy", True, "12.3 %", "−1.2 points"),
        ("val_task_regret", "validation task regret", False, "0.123", "−0.012"),
    ],
)
def test_a_metric_has_a_name_a_direction_and_a_unit(
    symbol, name, is_higher_better, shown, difference
):
    about = Metric(symbol)
    assert (about.name, about.is_higher_better) == (name, is_higher_better)
    assert about.show(0.1234) == shown
    assert about.difference(-0.0123) == difference
    assert about.difference(math.nan) == "–"
    assert about.amount(-0.0123).endswith("lower")
    assert ("higher" if is_higher_better else "lower") in about.axis


def slices(*roles):
    return pd.DataFrame(
        [{"lr_role": role, "lr": lr, "seed": seed} for role, lr in roles for seed in range(12)]
    )


def test_rates_are_tuned_first_and_those_of_a_sweep_rising():
    tuned = slices(("default", 0.001), ("tune", 0.1), ("eval", 0.01))
    assert [rate.word for rate in rates(tuned)] == ["tuned", "default"]
    swept = slices(("sweep", 1.0), ("sweep", 0.01))
    assert [(rate.word, rate.lr) for rate in rates(swept)] == [("0.01", 0.01), ("1", 1.0)]
    assert rates(slices(("tune", 0.1))) == []


def test_a_sweep_begins_at_the_workloads_own_rate_and_others_with_the_tuned_one():
    swept = rates(slices(("sweep", 0.01), ("sweep", 0.1)))
    assert first(swept, {"default_lr": 0.1}) == 1
    assert first(swept, {}) == 0
    assert first(rates(slices(("eval", 0.1), ("default", 0.1))), {"default_lr": 0.1}) == 0


@pytest.mark.parametrize("column", ["sweep_lr", "at_lr", "lr"])
def test_a_rate_picks_its_rows_by_whatever_column_holds_it(column):
    frame = pd.DataFrame({"lr_role": ["sweep", "sweep", "tune"], column: [0.1, 1.0, 0.1]})
    assert Rate("0.1", "sweep", 0.1).of(frame).index.tolist() == [0]
    assert Rate("tuned", "tune").of(frame).index.tolist() == [2]


def told(workload, init="gain", *roles):
    rows = slices(*roles).assign(init=init, optimizer="adam", metric="val_loss", chance=2.3)
    return "\n".join(protocol(rows, vars(workload)))


def test_a_protocol_says_what_another_could_have_done_differently():
    text = told(MLP, "gain", ("tune", 0.1), ("tune", 0.01), ("eval", 0.01), ("default", 0.001))
    for words in (
        "12 seeds",
        "best of 2 rates from 0.01 to 0.1",
        "12 tuning seeds",
        "0.001 for all",
        "own gain",
        "optimiser is adam",
        "scores what chance does, 2.3",
        "95.0 %",
    ):
        assert words in text
    assert "He's gain" in told(MLP, "he", ("eval", 0.1))
    assert "PyTorch's layers" in told(MLP, "torch_default", ("eval", 0.1))


def test_a_sweep_without_target_says_neither_tuned_nor_target():
    text = told(STRESS, "gain", ("sweep", 0.1), ("sweep", 1.0))
    assert "2 rates from 0.1 to 1" in text
    assert "Target" not in text
    assert "Tuned" not in text


def test_only_tuned_is_said_so():
    assert "Only tuning was done so far" in told(MLP, "gain", ("tune", 0.1))


def test_columns_print_numbers_with_units_and_a_dash_where_there_is_none():
    shown = columns(Metric("test_accuracy"))
    assert shown["score"].show(0.9) == "90.0 %"
    assert shown["difference"].show(-0.01) == "−1 points"
    assert shown["p_holm"].show(0.00001) == "< 0.0001"
    assert shown["lr"].show(0.00316) == "0.00316"
    assert shown["seconds_to_target"].show(0.012) == "12 ms"
    for name in ("score", "rank", "diverged_rate"):
        assert shown[name].show(math.nan) == "–"
        assert shown[name].show(pd.NA) == "–"
