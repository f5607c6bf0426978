"""A workload trained for a few steps in a stack, held against a plain loop over each slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from plain_loop import plain_run
from tiny_workloads import crossed, curve, trained

from bench_service.training.result import SliceOutcome
from bench_service.workloads import Workload

CLOSE = {"rel": 5e-4, "abs": 5e-6}
"""Float32: sums are taken in another order, and the steps carry the difference on."""


def assert_trains_as_a_plain_loop(
    workload: Workload,
    lrs: Sequence[float],
    activation: str = "relu",
    seeds: Sequence[int] = (1, 0),
    n_steps: int = 5,
) -> dict[tuple[float, int], SliceOutcome]:
    """The outcomes by rate and seed, with losses and test scores as the plain loop has them."""
    few = replace(workload, n_steps=n_steps, n_evaluations=n_steps, n_checkpoints=2, n_probe=8)
    found = trained(few, crossed(lrs, seeds, workload=workload.name), activation, has_neurons=True)
    for lr, seed in product(lrs, seeds):
        outcome, expected = found[lr, seed], plain_run(few, activation, lr, seed)
        assert outcome.status == "ok", outcome.reason
        assert curve(outcome, "train", "loss") == pytest.approx(expected.train_loss, **CLOSE)
        assert curve(outcome, "val", "loss") == pytest.approx(expected.val_loss, **CLOSE)
        assert outcome.best_step == expected.best_step
        assert outcome.test_loss == pytest.approx(expected.test_loss, **CLOSE)
    return found
