"""Stacked training against a plain PyTorch loop over the same runs, on the same cores.

Both train the same slices: same batches, same weights, same optimiser, the same evaluations on
validation data. The plain loop trains one model after another in one process, with each number
of threads in turn, and its best counts; so does a second one that is spread over the cores as the
stacks are, one process a core. They take turns, so that the machine's changes meet all alike.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import psutil
import torch
from torch.func import functional_call

from bench_service.activations import ACTIVATIONS
from bench_service.training import worker
from bench_service.training.initialisation import start_weights
from bench_service.training.noise import NoiseSource
from bench_service.training.optimizers import BETAS, EPSILON
from bench_service.training.result import LrRole, TrainingCase
from bench_service.training.schedule import evaluation_steps
from bench_service.training.skeleton import build
from bench_service.training.spec import TrainTask
from bench_service.training.splitting import MAX_SLICES_CPU
from bench_service.workloads import WORKLOADS, Workload

BARS = {"digits_mlp": 3.0, "lr_stress": 3.0, "digits_cnn": 2.0}
LIMIT_S = 3600.0


def cases_of(workload: Workload, activation: str, n: int) -> tuple[TrainingCase, ...]:
    """So many slices: all learning rates of the grid, with as many seeds as it takes."""
    template = TrainingCase(
        workload.name, workload.version, activation, "cpu-eager", "gain",
        workload.optimizer.name, workload.default_lr, LrRole.SWEEP.value, 0,
    )  # fmt: skip
    n_rates = len(workload.lrs)
    return tuple(
        replace(template, lr=workload.lrs[i % n_rates], seed=i // n_rates) for i in range(n)
    )


def plain_run(case: TrainingCase, n_threads: int) -> float:
    """The last training loss of one slice, trained by itself as a PyTorch tutorial has it."""
    torch.set_num_threads(n_threads)
    workload, activation = WORKLOADS.get(case.workload), ACTIVATIONS.get(case.activation)
    stream = workload.data([case.seed])
    skeleton = build(workload, activation, stream.batch(0).x[0])
    model = skeleton.model
    started = start_weights(skeleton, case.init, [case.seed])
    model.load_state_dict({name: value[0] for name, value in started.items()}, strict=False)
    optimizer = _optimizer(workload, list(model.parameters()), case.lr)
    noise = NoiseSource(skeleton, [case.seed], workload.batch_size)
    evaluations = set(evaluation_steps(workload.n_steps, workload.n_evaluations))
    loss = torch.zeros(())
    for step in range(workload.n_steps):
        batch = stream.batch(step)
        model.train()
        drawn = {name: value[0] for name, value in noise.draw().items()}
        prediction = functional_call(model, drawn, (batch.x[0],)) if drawn else model(batch.x[0])
        loss = workload.task.loss(prediction, batch.y[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step + 1 in evaluations:
            held = stream.held_out("val", step)
            model.eval()
            with torch.no_grad():
                workload.task.loss(model(held.x[0]), held.y[0])
    return float(loss.detach())


def _optimizer(
    workload: Workload, parameters: list[torch.nn.Parameter], lr: float
) -> torch.optim.Optimizer:
    settings = workload.optimizer
    if settings.name in ("sgd", "momentum"):
        momentum = settings.momentum if settings.name == "momentum" else 0.0
        return torch.optim.SGD(parameters, lr, momentum=momentum, fused=True)
    kind = torch.optim.Adam if settings.name == "adam" else torch.optim.AdamW
    decay = settings.weight_decay
    return kind(parameters, lr, betas=BETAS, eps=EPSILON, weight_decay=decay, fused=True)


def plain_runs(cases: Sequence[TrainingCase], n_threads: int) -> list[float]:
    """The last losses of slices trained one after another."""
    return [plain_run(case, n_threads) for case in cases]


class Pools:
    """Processes that are warm before anything is timed: one a core."""

    def __init__(self, n_cores: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.n_cores = n_cores
        self.stacked = ProcessPoolExecutor(
            n_cores, context, worker.begin, (context.SimpleQueue(), os.getpid(), n_cores)
        )
        self.plain = ProcessPoolExecutor(n_cores, context)

    def stacks_s(self, cases: Sequence[TrainingCase], *, has_neurons: bool) -> float:
        """Seconds for the cases, in stacks of equal size, as many as there are cores or more."""
        n_stacks = max(self.n_cores, -(-len(cases) // MAX_SLICES_CPU))
        tasks = [
            TrainTask(tuple(cases[i::n_stacks]), LIMIT_S, has_neurons=has_neurons)
            for i in range(n_stacks)
        ]
        started = time.perf_counter()
        for outcomes in self.stacked.map(worker.run_task, range(n_stacks), tasks):
            for outcome in outcomes:
                if outcome.status == "error":
                    raise RuntimeError(outcome.reason)
        return time.perf_counter() - started

    def plain_s(self, cases: Sequence[TrainingCase], n_threads: int, n_processes: int) -> float:
        """Seconds for the cases, one after another in each of so many processes."""
        parts = [cases[i::n_processes] for i in range(n_processes)]
        started = time.perf_counter()
        list(self.plain.map(plain_runs, parts, [n_threads] * n_processes))
        return time.perf_counter() - started

    def close(self) -> None:
        """End the processes."""
        for pool in (self.stacked, self.plain):
            pool.shutdown()


def compare(
    pools: Pools, name: str, activation: str, n_stacked: int, n_plain: int, repeats: int
) -> dict[str, Any]:
    """Runs per second of each way, as medians over repeats that took turns."""
    workload = WORKLOADS.get(name)
    many = cases_of(workload, activation, n_stacked)
    few = cases_of(workload, activation, n_plain)
    ways: dict[str, Callable[[], float]] = {
        "stacked": lambda: len(many) / pools.stacks_s(many, has_neurons=False),
        "stacked_with_neurons": lambda: len(many) / pools.stacks_s(many, has_neurons=True),
        "plain_1_thread": lambda: len(few) / pools.plain_s(few, 1, 1),
        "plain_all_threads": lambda: len(few) / pools.plain_s(few, pools.n_cores, 1),
        "plain_on_all_cores": lambda: len(few) / pools.plain_s(few, 1, pools.n_cores),
    }
    for way in ways.values():
        way()  # imports, data, kernels
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, rate in ways.items():
            rates[way].append(rate())
    medians = {way: float(np.median(found)) for way, found in rates.items()}
    loop = np.maximum(rates["plain_1_thread"], rates["plain_all_threads"])
    against_loop = float(np.median(np.array(rates["stacked"]) / loop))
    cost = np.array(rates["stacked"]) / np.array(rates["stacked_with_neurons"]) - 1
    return {
        "runs_per_s": medians,
        "times_the_loop": against_loop,
        "times_the_loop_on_all_cores": medians["stacked"] / medians["plain_on_all_cores"],
        "neurons_cost": float(np.median(cost)),
        "bar": BARS.get(name),
        "met": against_loop >= BARS.get(name, 0.0) and float(np.median(cost)) <= 0.10,
    }


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures of each workload."""
    parser = argparse.ArgumentParser(prog="stacking")
    parser.add_argument("--workload", action="append")
    parser.add_argument("--activation", default="relu")
    parser.add_argument("--stacked", type=int, default=66)
    parser.add_argument("--plain", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args(arguments)
    pools = Pools(psutil.cpu_count(logical=False) or 1)
    try:
        found = {
            name: compare(pools, name, given.activation, given.stacked, given.plain, given.repeats)
            for name in given.workload or [name for name in BARS if name in WORKLOADS]
        }
    finally:
        pools.close()
    return {**found, "met": all(figures["met"] for figures in found.values())}
