"""What every registered workload says of itself, whatever it trains."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from any_workload import workloads

from bench_service.activations import ACTIVATIONS
from bench_service.training.initialisation import GAINS
from bench_service.training.planning import reason_to_skip
from bench_service.workloads import WORKLOADS, LrPolicy, Workload


def has_accuracy(workload: Workload) -> bool:
    """Slices that act are scored by what they do, and not by a function of predictions."""
    return workload.task.accuracy is not None or workload.play is not None


@workloads
def test_it_says_what_it_is_and_where_it_comes_from(name):
    workload = WORKLOADS.get(name)
    assert workload.name == name
    assert workload.version >= 1
    assert len(workload.description) > 20
    assert workload.description.endswith(".")
    assert len(workload.source) > 20
    assert workload.slice_step_us > 0
    assert workload.n_evaluations >= 1
    assert json.loads(json.dumps(dict(workload.facts))) == dict(workload.facts)
    assert set(workload.inits) <= set(GAINS)


@workloads
def test_its_learning_rates_are_seven_a_factor_of_root_10_apart_with_the_default_inside(name):
    """To three digits. A sweep's rates are its own, in rising order."""
    workload = WORKLOADS.get(name)
    rates = workload.lrs
    assert list(rates) == sorted(set(rates))
    assert rates[0] <= workload.default_lr <= rates[-1]
    if workload.lr_policy is LrPolicy.SWEEP:
        return
    assert len(rates) == 7
    for place, rate in enumerate(rates):
        assert rate == pytest.approx(rates[0] * 10 ** (place / 2), rel=0.01)
    assert rates[0] < workload.default_lr < rates[-1]


@workloads
def test_its_target_is_of_a_metric_that_it_has_and_better_than_chance(name):
    workload = WORKLOADS.get(name)
    assert workload.metric == "val_loss" or has_accuracy(workload)
    target = workload.target
    if target is None:
        return
    assert target.version >= 1
    assert target.metric == "val_loss" or has_accuracy(workload)
    if target.metric == workload.metric and workload.chance is not None:
        is_lower = target.value < workload.chance
        assert is_lower is (workload.better == "lower")


@workloads
def test_where_it_can_t_be_trained_it_says_so_in_a_sentence_that_is_the_reason_of_its_skip(name):
    workload = WORKLOADS.get(name)
    reason = workload.unavailable()
    assert reason is None or reason.endswith(".")
    broken = replace(workload, unavailable=lambda: "Its data were lost.")
    assert reason_to_skip(broken, "relu", "cpu-eager") == "Its data were lost."


@workloads
def test_an_activation_that_its_model_has_no_place_for_is_refused_before_it_is_built(name):
    """CReLU gives back twice as many units as come in."""
    workload = replace(WORKLOADS.get(name), unavailable=lambda: None)
    fits = ACTIVATIONS.get("crelu").shape_class.value in workload.accepts
    assert bool(reason_to_skip(workload, "crelu", "cpu-eager")) is not fits
