"""What slices are trained and judged on: their seed's data, or what their own networks did."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tiny_workloads import CPU, FOREVER_S, crossed, curve, tiny, trained

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import build
from bench_service.training.spec import TrainTask
from bench_service.training.stack import Stack
from bench_service.training.supply import supply_of
from bench_service.training.trainer import train
from bench_service.workloads import WORKLOADS, Batch

CLOSE = {"rel": 5e-4, "abs": 5e-6}


class Answering:
    """A play that learns class 0, and is scored by the size of its answers and its seed."""

    def __init__(self, seeds, asked):
        self.seeds = tuple(seeds)
        self.asked = asked
        self.first = None

    def batch(self, step, networks):
        if step == 0:
            self.first = networks.frozen()
        x = torch.ones(len(self.seeds), 20, 6)
        self.asked.append((step, self.first(x), networks(x)))
        return Batch(x, torch.zeros(len(self.seeds), 20, dtype=torch.int64))

    def scores(self, split, step, networks):
        answers = networks(torch.ones(len(self.seeds), 1, 6))
        return {"loss": answers.square().mean((1, 2)) + 100 * torch.tensor(self.seeds)}


@pytest.fixture
def asked():
    """What a play was told at each step: by its networks of the first one, and of now."""
    return []


@pytest.fixture
def playing(asked):
    return tiny(play=lambda seeds: Answering(seeds, asked), n_steps=4, n_evaluations=4)


def test_a_stream_gives_every_slice_the_batch_of_its_seed():
    workload, seeds = tiny(), (3, 5)
    stream = workload.data(seeds)
    skeleton = build(workload, ACTIVATIONS.get("relu"), stream.batch(0).x[0])
    stack = Stack.begin(skeleton, workload.task, "gain", seeds, [1, 0, 1], CPU)
    found = supply_of(workload, stack, stream, [5, 3, 5]).batch(2)
    for place, seed in enumerate((5, 3, 5)):
        alone = workload.data((seed,)).batch(2)
        assert torch.equal(found.x[place], alone.x[0])
        assert torch.equal(found.y[place], alone.y[0])


def test_a_play_has_a_place_for_every_slice_by_its_seed_and_judges_each_by_its_own_weights(playing):
    found = trained(playing, crossed([0.1, 1.0], [4, 2]))
    for (_, seed), outcome in found.items():
        assert 100 * seed < outcome.val_loss < 100 * (seed + 1)
    assert found[0.1, 4].val_loss != found[1.0, 4].val_loss


def test_test_scores_are_asked_of_the_weights_at_the_best_step(playing):
    """This play says the same of both splits."""
    for outcome in trained(playing, crossed([0.1, 3.0], [0, 1])).values():
        assert outcome.test_loss == pytest.approx(min(curve(outcome, "val", "loss")), rel=1e-6)


def test_frozen_networks_stay_as_they_were_and_the_others_are_trained(playing, asked):
    trained(playing, crossed([1.0], [0]))
    steps, first, now = zip(*asked, strict=True)
    assert steps == (0, 1, 2, 3)
    assert all(torch.equal(answer, first[0]) for answer in first)
    assert torch.equal(now[0], first[0])
    assert not any(torch.equal(answer, first[0]) for answer in now[1:])


def test_slices_of_several_activations_play_side_by_side_as_they_do_alone():
    workload = replace(WORKLOADS.get("cartpole"), n_steps=4, n_evaluations=2, n_checkpoints=2)
    names = ("relu", "tanh")
    cases = [case for name in names for case in crossed([1e-3], [0, 1], activation=name)]
    first, second = (ACTIVATIONS.get(name) for name in names)
    mixed = train(TrainTask(tuple(cases), FOREVER_S), workload, first, CPU, others=[second])
    for outcome in mixed:
        case = outcome.case
        alone = trained(workload, [case], case.activation, has_neurons=True)[case.lr, case.seed]
        for metric in ("train", "val"):
            expected = curve(alone, metric, "loss")
            assert curve(outcome, metric, "loss") == pytest.approx(expected, **CLOSE)
