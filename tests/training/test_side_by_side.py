"""Several activations in one stack: each slice trains as in a stack of its activation alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_workloads import CPU, FOREVER_S, crossed, tiny, tiny_conv
from torch.func import vmap

from bench_service.activations import ACTIVATIONS
from bench_service.training import worker
from bench_service.training.side_by_side import SideBySide, Split
from bench_service.training.spec import TrainTask
from bench_service.training.trainer import train
from bench_service.workloads import Optimizer

NAMES = ("relu", "gelu", "elu", "softsign", "tanh")
NETWORKS = {"mlp": tiny, "conv": tiny_conv}
SEEDS = (0, 1, 2)
CLOSE = {"rel": 2e-4, "abs": 2e-6}
"""Sums are taken in another order, and ten steps carry the difference on."""


def cases_of(names, lrs=(0.02, 0.1)):
    return [case for name in names for case in crossed(lrs, SEEDS, activation=name)]


def run(workload, names, lrs=(0.02, 0.1), **more):
    first, *others = (ACTIVATIONS.get(name) for name in names)
    task = TrainTask(tuple(cases_of(names, lrs)), FOREVER_S)
    found = train(task, workload, first, CPU, others=others, **more)
    assert [o.case for o in found] == list(task.ordered)
    return {(o.case.activation, o.case.lr, o.case.seed): o for o in found}


def assert_agree(one, other):
    assert (one.case, one.status, one.steps, one.reason) == (
        other.case, other.status, other.steps, other.reason,
    )  # fmt: skip
    assert one.facts["probe_hash"] == other.facts["probe_hash"]
    for some, more, within in (
        (one.curves, other.curves, CLOSE), (one.neurons, other.neurons, {"abs": 1e-5}),
    ):  # fmt: skip
        assert len(some) == len(more)
        for a, b in zip(some, more, strict=True):
            assert a.metric == b.metric
            assert a.steps.tolist() == b.steps.tolist()
            assert a.values == pytest.approx(b.values, nan_ok=True, **within)
    for name in ("val_loss", "test_loss", "val_accuracy", "test_accuracy"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), **CLOSE)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_slice_trains_as_in_a_stack_of_its_activation_alone(network, optimizer):
    """Weights with its own gain, losses, scores, identity, and neurons by its own derivative."""
    workload = NETWORKS[network](optimizer=Optimizer(name=optimizer))
    mixed = run(workload, NAMES)
    assert {o.facts["stack_size"] for o in mixed.values()} == {30}
    assert len({o.facts["probe_hash"] for o in mixed.values()}) == len(NAMES)
    for name in NAMES:
        for key, alone in run(workload, (name,)).items():
            assert_agree(mixed[key], alone)


def test_a_slice_that_diverges_changes_no_bit_of_its_neighbours():
    names = ("relu", "tanh")
    well = run(tiny(), names, (0.02, 0.1))
    ruined = run(tiny(), names, (0.02, 1e30))
    assert {o.status for (_, lr, _), o in ruined.items() if lr == 1e30} >= {"diverged"}
    for name in names:
        for seed in SEEDS:
            one, other = (found[name, 0.02, seed] for found in (well, ruined))
            assert one.test_loss == other.test_loss
            for a, b in zip(one.curves, other.curves, strict=True):
                np.testing.assert_array_equal(a.values, b.values)


@pytest.mark.parametrize("other", ["prelu_channel", "rrelu", "crelu"])
def test_what_is_learnt_drawn_or_changes_the_width_shares_no_stack(other):
    with pytest.raises(ValueError, match="only elementwise ones share a stack"):
        run(tiny(), ("relu", other))


def test_slices_that_are_set_apart_come_together_in_their_order():
    split = Split.of([2, 0, 1, 0, 2], CPU)
    stacked = torch.arange(10.0).reshape(5, 2)
    assert [part[:, 0].tolist() for part in split.apart(stacked)] == [[2, 6], [4], [0, 8]]
    assert torch.equal(split.together(split.apart(stacked)), stacked)


@pytest.mark.parametrize("in_dim", [0, 1])
def test_values_and_gradients_under_vmap_are_those_of_each_function(in_dim):
    module = SideBySide((torch.nn.Tanh(), torch.nn.Sigmoid()))
    module.split = Split.of([1, 0, 1], CPU)
    x = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)).movedim(0, in_dim)
    x.requires_grad_()
    out = vmap(module, in_dims=in_dim, out_dims=0)(x)
    (gradient,) = torch.autograd.grad(out.sum(), x)
    rows = x.detach().movedim(in_dim, 0)
    s, t = torch.sigmoid(rows), torch.tanh(rows)
    which = torch.tensor([True, False, True])[:, None]
    torch.testing.assert_close(out, torch.where(which, s, t))
    expected = torch.where(which, s * (1 - s), 1 - t * t)
    torch.testing.assert_close(gradient.movedim(in_dim, 0), expected)


class TestWorker:
    @pytest.fixture(autouse=True)
    def registered(self, monkeypatch):
        monkeypatch.setattr(worker, "WORKLOADS", {"tiny": tiny()})

    def test_a_task_of_several_activations_is_trained_at_once(self):
        found = worker.run_task(1, TrainTask(tuple(cases_of(NAMES)), FOREVER_S))
        assert {o.status for o in found} == {"ok"}
        assert {o.facts["stack_size"] for o in found} == {30}
        assert {o.case for o in found} == set(cases_of(NAMES))

    def test_one_that_cant_be_trained_leaves_the_others_be(self):
        names = ("relu", "crelu", "tanh")
        found = worker.run_task(1, TrainTask(tuple(cases_of(names)), FOREVER_S))
        statuses = {(o.case.activation, o.status) for o in found}
        assert statuses == {("relu", "ok"), ("crelu", "error"), ("tanh", "ok")}
        assert {o.facts["stack_size"] for o in found if o.status == "ok"} == {6}

    def test_on_a_device_stacks_are_as_large_as_its_memory_allows(self, monkeypatch):
        """A 6-8-7-3 network has 143 numbers of which 8 copies are kept, and on 20 rows 300
        outputs, 12 copies each: 18,976 bytes in float32; half of the memory is this process's."""
        device = SimpleNamespace(device="meta", memory_bytes=lambda: 2 * 18_976 * 7 + 5)
        monkeypatch.setattr(worker, "BACKENDS", {"cuda-eager": device})
        monkeypatch.setattr(worker, "_n_workers", 2)
        cases = [replace(case, backend="cuda-eager") for case in cases_of(("relu", "gelu"))]
        found = worker._fitting(TrainTask(tuple(cases), FOREVER_S))
        assert [len(stack) for stack in found] == [6, 6]
        assert {case for stack in found for case in stack} == set(cases)
