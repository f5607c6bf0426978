"""Digits with their pixels in another order for every task, and what plasticity is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from agreement_with_plain import assert_trains_as_a_plain_loop
from tiny_workloads import crossed, curve, trained

from bench_service.workloads import WORKLOADS, continual
from bench_service.workloads.continual import N_TASKS, STEPS_PER_TASK, PermutedDigits
from bench_service.workloads.digits import digits
from bench_service.workloads.streams import Arrays, ArrayStream

WORKLOAD = WORKLOADS.get("continual")
SEEDS = (5, 6)


@pytest.fixture
def coordinates(monkeypatch):
    """A stream whose inputs are all 0, 1, ..., 63: its order of pixels in plain sight."""
    x = torch.arange(64.0).expand(1797, 64)
    monkeypatch.setattr(continual, "digits", lambda: Arrays(x, torch.zeros(1797)))
    return PermutedDigits(SEEDS)


def order(batch, seed=0):
    rows = batch.x[seed]
    assert torch.equal(rows, rows[:1].expand_as(rows))
    return tuple(rows[0].int().tolist())


def test_every_task_of_every_seed_has_an_order_of_all_pixels_of_its_own(coordinates):
    found = {
        order(coordinates.batch(task * STEPS_PER_TASK), seed)
        for task in range(N_TASKS)
        for seed in range(2)
    }
    assert len(found) == 2 * N_TASKS
    assert all(sorted(one) == list(range(64)) for one in found)


def test_an_order_lasts_for_its_task(coordinates):
    first, last = coordinates.batch(STEPS_PER_TASK), coordinates.batch(2 * STEPS_PER_TASK - 1)
    assert order(first) == order(last)
    assert order(coordinates.batch(STEPS_PER_TASK - 1)) != order(first)


@pytest.mark.parametrize("split", ["val", "test"])
def test_held_out_digits_are_of_the_task_that_has_just_been_trained(coordinates, split):
    for task in (0, 1, N_TASKS - 1):
        trained_on = coordinates.batch(task * STEPS_PER_TASK)
        done = (task + 1) * STEPS_PER_TASK
        assert order(coordinates.held_out(split, done), 1) == order(trained_on, 1)
    assert order(coordinates.held_out(split, 0)) == order(coordinates.batch(0))


def test_the_probe_has_an_order_that_no_task_has_and_that_all_seeds_share(coordinates):
    probe = tuple(coordinates.probe(3)[0].int().tolist())
    tasks = {order(coordinates.batch(task * STEPS_PER_TASK)) for task in range(N_TASKS)}
    assert probe not in tasks
    assert sorted(probe) == list(range(64))
    other = PermutedDigits((9,)).probe(3)
    assert tuple(other[0].int().tolist()) == probe


def test_the_digits_of_a_batch_are_those_of_the_plain_stream_with_their_labels():
    plain = ArrayStream(digits(), SEEDS, 16).batch(70)
    found = PermutedDigits(SEEDS).batch(70)
    assert torch.equal(found.y, plain.y)
    assert torch.equal(found.x.sort(dim=2).values, plain.x.sort(dim=2).values)


def test_a_task_is_one_pass_through_the_training_digits():
    n_training = 1797 - 2 * round(0.2 * 1797)
    assert n_training // 16 == STEPS_PER_TASK
    assert WORKLOAD.n_steps == N_TASKS * STEPS_PER_TASK
    assert WORKLOAD.n_evaluations == N_TASKS


def test_a_stack_trains_as_a_plain_loop():
    assert_trains_as_a_plain_loop(WORKLOAD, (1e-2, 1e-1), "tanh")


def test_a_slice_is_scored_by_its_last_task_though_an_earlier_one_went_better():
    few = replace(WORKLOAD, n_steps=4 * STEPS_PER_TASK, n_evaluations=4)
    found = trained(few, crossed([0.316], range(8))).values()
    went_better = 0  # in which slices depends on the last bits of the processor's arithmetic
    for outcome in found:
        losses = curve(outcome, "val", "loss")
        went_better += min(losses) < losses[-1]
        assert outcome.best_step == 4 * STEPS_PER_TASK
        assert outcome.val_loss == losses[-1]
    assert went_better > 0


@pytest.mark.slow
def test_at_a_high_rate_relu_loses_plasticity_and_units():
    """Dohare et al. 2024: online accuracy falls from task to task while units die."""
    found = trained(WORKLOAD, crossed([0.316], [0, 1, 2, 3]), "relu", has_neurons=True).values()
    online = np.mean([curve(outcome, "train", "accuracy") for outcome in found], axis=0)
    assert online[-5:].mean() < online[:5].mean() - 0.05
    dead = [
        c.values
        for o in found
        for c in o.neurons
        if (c.layer, c.metric) == ("network", "grad_dead")
    ]
    begun, ended = np.mean(dead, axis=0)[[0, -1]]
    assert ended > begun + 0.05
