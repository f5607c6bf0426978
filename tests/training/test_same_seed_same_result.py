"""Controls: what is the same by definition comes out the same, to the last bit where it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_workloads import crossed, curve, tiny, tiny_conv, trained

from bench_service.activations.custom import load_activation
from bench_service.training.result import SliceOutcome
from bench_service.workloads import Optimizer

NETWORKS = {"mlp": tiny, "conv": tiny_conv}
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw")
SEEDS = (0, 1, 2)
networks = pytest.mark.parametrize("network", NETWORKS)


def workload_of(network, optimizer="adam", **changes):
    return NETWORKS[network](optimizer=Optimizer(name=optimizer), **changes)


def assert_same_bits(one: SliceOutcome, other: SliceOutcome, *, hashes: bool = True) -> None:
    """Everything but the time it took, and who is asked for."""
    unlike = {"train_ns", "stack_size"} | (set() if hashes else {"probe_hash"})
    facts = [{k: v for k, v in o.facts.items() if k not in unlike} for o in (one, other)]
    assert facts[0] == facts[1]
    plain = [
        replace(o, case=one.case, facts={}, curves=(), neurons=(), masks=()) for o in (one, other)
    ]
    assert plain[0] == plain[1]
    for some, more in ((one.curves, other.curves), (one.neurons, other.neurons)):
        assert len(some) == len(more)
        for a, b in zip(some, more, strict=True):
            assert a.metric == b.metric
            np.testing.assert_array_equal(a.steps, b.steps)
            np.testing.assert_array_equal(a.values, b.values)
    assert [(m.layer, m.metric, m.bits) for m in one.masks] == [
        (m.layer, m.metric, m.bits) for m in other.masks
    ]


@networks
@pytest.mark.parametrize("activation", ["relu", "prelu_channel", "rrelu", "nrelu"])
def test_the_same_seed_gives_the_same_outcome_bit_for_bit(network, activation):
    workload = workload_of(network)
    cases = crossed([0.01, 0.1], SEEDS)
    first = trained(workload, cases, activation, has_neurons=True)
    torch.manual_seed(12345)  # which nothing may depend on
    torch.rand(7)
    again = trained(workload, cases, activation, has_neurons=True)
    for key, outcome in first.items():
        assert_same_bits(outcome, again[key])


@pytest.mark.parametrize("activation", ["relu", "rrelu", "nrelu"])
def test_another_seed_gives_another_result(activation):
    found = trained(tiny(), crossed([0.1], SEEDS), activation)
    first_losses = {curve(outcome, "train", "loss")[0] for outcome in found.values()}
    assert len(first_losses) == len(SEEDS)
    assert len({outcome.test_loss for outcome in found.values()}) == len(SEEDS)


@networks
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("relu", "torch:relu"),
        ("relu", "torch.nn:ReLU"),
        ("elu", "celu"),
        ("hardtanh", "torch.nn.functional:hardtanh"),
        ("tanh", "torch:tanh"),
    ],
)
def test_one_function_under_two_names_gives_the_same_bits(network, one, other):
    """The A/A control of a campaign: what differs here is no noise of the trainer's."""
    workload = workload_of(network)
    cases = crossed([0.01, 0.1], SEEDS)
    first = trained(workload, cases, one, has_neurons=False)
    second = trained(workload, cases, load_activation(other), has_neurons=False)
    for key, outcome in first.items():
        assert_same_bits(outcome, second[key])


def test_a_threshold_at_0_is_relu_to_the_last_bit(tmp_path):
    file = tmp_path / "acts.py"
    file.write_text("import torch\nthreshold = torch.nn.Threshold(0.0, 0.0)\n")
    cases = crossed([0.01, 0.1], SEEDS)
    first = trained(tiny(), cases, "relu")
    second = trained(tiny(), cases, load_activation(f"{file}:threshold"))
    for key, outcome in first.items():
        assert_same_bits(outcome, second[key])


@networks
def test_another_function_gives_another_result(network):
    """Or the controls above would show nothing."""
    workload = workload_of(network)
    relu, leaky = (trained(workload, crossed([0.1], SEEDS), a) for a in ("relu", "leaky_relu"))
    for key, outcome in relu.items():
        assert outcome.facts["probe_hash"] != leaky[key].facts["probe_hash"]
        assert outcome.test_loss != leaky[key].test_loss


@networks
def test_the_order_in_which_slices_are_asked_for_changes_no_bit(network):
    workload = workload_of(network)
    cases = crossed([0.01, 0.1, 0.03], (2, 0, 1))
    first = trained(workload, cases, has_neurons=True)
    again = trained(workload, [cases[i] for i in (4, 8, 0, 3, 7, 1, 6, 2, 5)], has_neurons=True)
    assert first.keys() == again.keys()
    for key, outcome in first.items():
        assert_same_bits(outcome, again[key])


@networks
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_make_up_of_a_stack_changes_a_slice_by_rounding_at_most(network, optimizer):
    """A slice's place decides where vector instructions begin, and so how its sums are rounded."""
    workload = workload_of(network, optimizer)
    alone = trained(workload, crossed([0.02], [1]))[0.02, 1]
    among = trained(workload, crossed([0.001, 0.02, 0.1], (0, 1, 2)))[0.02, 1]
    for split, metric in (("train", "loss"), ("val", "loss"), ("val", "accuracy")):
        assert curve(among, split, metric) == pytest.approx(
            curve(alone, split, metric), rel=2e-4, abs=2e-6
        )
    assert among.test_loss == pytest.approx(alone.test_loss, rel=2e-4)


@networks
@pytest.mark.parametrize("activation", ["relu", "nrelu"])
def test_one_rate_and_seed_under_two_roles_is_one_training(network, activation):
    workload = workload_of(network)
    cases = crossed([0.02], [1, 0], lr_role="default") + crossed([0.02], [0, 1])
    task = [trained(workload, cases[i:], activation) for i in (0, 2)]
    for seed in (0, 1):
        shared, alone = (found[0.02, seed] for found in task)
        assert curve(shared, "val", "loss") == pytest.approx(curve(alone, "val", "loss"), rel=2e-4)


@networks
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_slice_that_diverges_changes_no_bit_of_its_neighbours(network, optimizer):
    """Against a stack in which the same place holds a slice that is well."""
    workload = workload_of(network, optimizer)
    cases = crossed([0.01, 0.02], SEEDS)
    well = trained(workload, [*cases, *crossed([0.03], SEEDS)], has_neurons=True)
    ruined = trained(workload, [*cases, *crossed([1e30], SEEDS)], has_neurons=True)
    assert {ruined[1e30, seed].status for seed in SEEDS} == {"diverged"}
    for key in ((case.lr, case.seed) for case in cases):
        assert ruined[key].status == "ok"
        assert_same_bits(well[key], ruined[key])
