"""Every registered workload, for the tests that hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from bench_service.activations import ACTIVATIONS
from bench_service.training.skeleton import Skeleton, build
from bench_service.workloads import WORKLOADS, Workload

SEEDS = (4, 0)
workloads = pytest.mark.parametrize("name", WORKLOADS.names())


@cache
def available(name: str) -> Workload:
    """The workload; the test is skipped with a sentence where it can't be trained here."""
    workload = WORKLOADS.get(name)
    reason = workload.unavailable()
    if workload.is_downloaded:
        reason = reason or f"The data of {name} are fetched from the network."
    if reason:
        pytest.skip(reason)
    return workload


def skeleton_of(workload: Workload, activation: str = "relu") -> Skeleton:
    """Its model with an activation."""
    return build(workload, ACTIVATIONS.get(activation), workload.data((0,)).batch(0).x[0])


def short(workload: Workload, n_steps: int = 2) -> Workload:
    """The workload with so many steps at most, evaluated after each."""
    n = min(n_steps, workload.n_steps)
    n_checkpoints = min(2, workload.n_checkpoints)
    return replace(workload, n_steps=n, n_evaluations=max(n, 1), n_checkpoints=n_checkpoints)
