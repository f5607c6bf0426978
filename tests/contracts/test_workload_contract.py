"""What every registered workload must keep to, whoever wrote it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from bench_service.activations import ACTIVATIONS
from bench_service.training.identity import probe_hash
from bench_service.training.initialisation import start_weights
from bench_service.training.skeleton import build
from bench_service.workloads import WORKLOADS, LrPolicy

OFFLINE = [w.name for w in WORKLOADS if not w.name.startswith("openml")]


@pytest.fixture(params=OFFLINE)
def workload(request):
    chosen = WORKLOADS.get(request.param)
    if chosen.unavailable():
        pytest.skip(chosen.unavailable())
    return chosen


def test_it_says_what_it_is_and_where_it_comes_from(workload):
    assert workload.name == WORKLOADS.get(workload.name).name
    assert workload.description.endswith(".")
    assert len(workload.source) > 20
    assert workload.version >= 1


def test_its_grid_rises_by_the_root_of_ten_and_holds_the_default_rate_between_its_ends(workload):
    rates = workload.lrs
    assert list(rates) == sorted(set(rates))
    assert rates[0] <= workload.default_lr <= rates[-1]
    if workload.lr_policy is LrPolicy.TUNED:
        assert len(rates) == 7
        steps = [high / low for low, high in pairwise(rates)]
        assert steps == pytest.approx([math.sqrt(10)] * 6, rel=0.02)


def test_its_data_are_finite_fit_together_and_are_those_of_the_seed(workload):
    one, again, other = (workload.data(seeds) for seeds in ([3], [3], [4]))
    batch = one.batch(0)
    assert batch.x.shape[:2] == (1, workload.batch_size)
    assert len(batch.y) == 1
    assert not batch.x.is_floating_point() or batch.x.isfinite().all()
    assert all(torch.equal(a, b) for a, b in zip(batch, again.batch(0), strict=True))
    if workload.n_steps:
        assert not all(torch.equal(a, b) for a, b in zip(batch, other.batch(0), strict=True))
    for split in ("val", "test"):
        held = one.held_out(split, workload.n_steps)
        assert held.x.shape[0] == held.y.shape[0] == 1
        assert held.x.shape[2:] == batch.x.shape[2:]
    assert one.probe(16).shape[1:] == batch.x.shape[2:]


def test_two_seeds_side_by_side_are_each_what_they_are_alone(workload):
    both, alone = workload.data([3, 4]).batch(0), workload.data([4]).batch(0)
    assert torch.equal(both.x[1], alone.x[0])
    assert torch.equal(both.y[1], alone.y[0])


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_its_model_is_made_of_the_named_activation_and_its_loss_is_a_finite_number(workload, name):
    stream = workload.data([3])
    batch = stream.batch(0)
    skeleton = build(workload, ACTIVATIONS.get(name), batch.x[0])
    assert skeleton.layers
    assert len(probe_hash(skeleton)) == 16
    started = start_weights(skeleton, workload.inits[0], [3])
    skeleton.model.load_state_dict({k: v[0] for k, v in started.items()}, strict=False)
    with torch.no_grad():
        loss = workload.task.loss(skeleton.model(batch.x[0]), batch.y[0])
    assert loss.shape == ()
    assert loss.isfinite()
