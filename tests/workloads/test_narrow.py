"""Twenty narrow networks at a time: each trains as if alone, and most of ReLU's collapse."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, curve, trained
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS
from bench_service.workloads.narrow import collapsed_share, mean_error

ABS, SIN = WORKLOADS.get("narrow_abs"), WORKLOADS.get("narrow_sin")
FORMULAS = [(ABS, np.abs), (SIN, lambda x: np.sin(5 * x))]


def skeleton():
    return build(ABS, ACTIVATIONS.get("relu"), torch.zeros(2, 1))


def collapsed(workload, activation, seeds):
    """The share of collapsed networks over seeds, after 50 steps."""
    few = replace(workload, n_steps=50, n_evaluations=1)
    outcomes = trained(few, crossed([1e-3], seeds), activation).values()
    return np.mean([outcome.facts["collapsed"] for outcome in outcomes])


@pytest.mark.parametrize(("workload", "formula"), FORMULAS, ids=["abs", "sin"])
def test_inputs_have_variance_1_and_so_has_the_function(workload, formula):
    """To what 512 midpoints are good for."""
    arrays = workload.data((0,)).arrays
    x, y = arrays.x.double().numpy()[:, 0], arrays.y.double().numpy()[:, 0]
    assert len(x) == 512
    assert abs(x).max() < np.sqrt(3)
    assert np.square(x).mean() == pytest.approx(1, abs=1e-4)
    assert np.corrcoef(y, formula(x))[0, 1] == pytest.approx(1, abs=1e-9)
    assert y.mean() == pytest.approx(0, abs=1e-4)
    assert np.square(y).mean() == pytest.approx(1, abs=1e-3)


def test_there_are_20_networks_of_nine_hidden_layers_and_55_parameters_each():
    found = skeleton()
    assert found.layers == tuple(f"act{i}" for i in range(1, 10))
    assert set(found.shapes.values()) == {(40,)}
    # 2 + 2, eight times 4 + 2, 2 + 1
    assert sum(p.numel() for p in found.model.parameters()) == 20 * (4 + 48 + 3)


def test_a_network_has_the_gradients_that_it_would_have_alone():
    """The twelfth of twenty, copied into a plain network; seed 3 has it alive."""
    found = skeleton()
    weights = {k: v[0] for k, v in start_weights(found, "gain", (3,)).items()}
    found.model.load_state_dict(weights)
    layers = [name for name, m in found.model.named_modules() if isinstance(m, nn.Conv1d)]
    sizes = [1, *(2,) * 9, 1]
    linear = [nn.Linear(n_in, n_out) for n_in, n_out in itertools.pairwise(sizes)]
    alone = nn.Sequential(
        *itertools.chain(*((layer, nn.ReLU()) for layer in linear[:-1])), linear[-1]
    )
    for name, own in zip(layers, linear, strict=True):
        rows = slice(12 * own.out_features, 13 * own.out_features)
        with torch.no_grad():
            own.weight.copy_(weights[f"{name}.weight"][rows, :, 0])
            own.bias.copy_(weights[f"{name}.bias"][rows])
    x, y = (tensor[0] for tensor in ABS.data((3,)).batch(0))
    ABS.task.objective(found.model(x), y, []).backward()
    (alone(x) - y).square().mean().backward()
    assert all(own.bias.grad.abs().max() > 0 for own in linear)
    for name, own in zip(layers, linear, strict=True):
        rows = slice(12 * own.out_features, 13 * own.out_features)
        together = found.model.get_submodule(name).weight.grad[rows, :, 0]
        assert torch.allclose(together, own.weight.grad, atol=1e-6)


def test_the_loss_is_the_mean_over_networks():
    """Errors of 0 and 1 and of 3 and 2, squared."""
    prediction, y = torch.tensor([[1.0, 4.0], [3.0, 0.0]]), torch.tensor([[1.0], [2.0]])
    assert mean_error(prediction, y).item() == pytest.approx((0 + 9 + 1 + 4) / 4)


def test_a_network_has_collapsed_when_its_output_moves_by_less_than_a_hundredth():
    low = torch.tensor([[0.0, 5.0, -1.0, 0.0]])
    prediction = torch.cat([low, low + torch.tensor([[0.0, 0.009, 0.011, 3.0]])])
    assert collapsed_share(prediction, low.T).item() == 0.5


def test_nearly_nine_of_ten_networks_of_relu_have_collapsed_and_none_of_tanh():
    """Born dead are 0.8703 to 0.8999 of ReLU's (Lu et al. 2019), and none revives.

    Of 400 networks, to four standard errors; some of the living die as they train.
    """
    found = collapsed(ABS, "relu", range(20))
    error = np.sqrt(0.87 * 0.13 / 400)
    assert 0.8703 - 4 * error < found < 0.96
    assert collapsed(ABS, "tanh", range(3)) == 0


def test_the_collapsed_share_is_a_curve_that_a_collapsed_network_never_leaves():
    few = replace(SIN, n_steps=60, n_evaluations=6)
    for outcome in trained(few, crossed([1e-3], [0, 1])).values():
        found = curve(outcome, "val", "collapsed")
        assert len(found) == 6
        assert found == sorted(found)
        assert found[-1] >= outcome.facts["collapsed"] > 0.5


def test_a_stack_trains_it_as_a_plain_loop_does():
    assert_trains_as_a_plain_loop(ABS, (1e-3, 1e-2), "tanh")
