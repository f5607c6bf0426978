"""What a training process does: one task at a time, on one thread, until its parent is gone."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from multiprocessing.queues import SimpleQueue

import psutil
import torch

from bench_service.activations.custom import load_activation
from bench_service.backends import BACKENDS
from bench_service.errors import BenchServiceError
from bench_service.timing.allocator import keep_arena_warm
from bench_service.timing.confine import die_with_parent, limit_files, limit_memory
from bench_service.training.result import SliceOutcome, SliceStatus, TrainingCase
from bench_service.training.skeleton import build
from bench_service.training.spec import TrainTask
from bench_service.training.splitting import bytes_per_slice, stacks, train_in_parts
from bench_service.training.trainer import train
from bench_service.workloads import WORKLOADS

Progress = tuple[int, int]
"""A task's number and how many steps of it have been done since the last word, times slices."""

STEPS_BETWEEN_WORDS = 10

_told: SimpleQueue[Progress] | None = None
_n_workers = 1
"""Processes that share the device's memory."""


def begin(told: SimpleQueue[Progress], parent: int, n_workers: int) -> None:
    """Set this process up: it shares the machine, and it doesn't outlive who asked for it.

    Stacked tensors are large, and the C library would give their memory back and fault it in
    again at every step: kept, a step takes two thirds of the time.
    """
    global _told, _n_workers
    _told, _n_workers = told, n_workers
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _say_nothing()
    limit_files()
    limit_memory(psutil.virtual_memory().available // n_workers)
    torch.set_num_threads(1)
    keep_arena_warm()


def _say_nothing() -> None:
    """What a user's function prints is no part of the program's output."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def run_task(number: int, task: TrainTask) -> tuple[SliceOutcome, ...]:
    """What became of the slices of a task; whatever goes wrong is in their reasons."""
    try:
        return tuple(
            outcome
            for cases in _fitting(task)
            for outcome in train_in_parts(cases, lambda some: _trained(number, task, some))
        )
    except BenchServiceError as error:
        reason = " ".join(filter(None, (error.what, error.got)))
    except BaseException as error:  # a user's own activation may raise anything, exits included
        first = str(error).strip().partition("\n")[0]
        reason = f"{type(error).__name__}: {first}" if first else type(error).__name__
    if len(task.activations) > 1:  # one that can't be trained is none of the others' business
        alone = (run_task(number, task.alone(name)) for name in task.activations)
        return tuple(outcome for outcomes in alone for outcome in outcomes)
    return tuple(SliceOutcome(case, SliceStatus.ERROR, reason) for case in task.ordered)


def _fitting(task: TrainTask) -> tuple[tuple[TrainingCase, ...], ...]:
    """The cases in stacks that the device's memory should hold; on the CPU one tries."""
    case = task.cases[0]
    backend, workload = BACKENDS.get(case.backend), WORKLOADS.get(case.workload)
    if backend.device == "cpu":
        return (task.ordered,)
    x = workload.data((case.seed,)).batch(0).x[0]
    skeleton = build(workload, load_activation(task.reference or case.activation), x)
    per_slice = bytes_per_slice(skeleton, workload.batch_size)
    return stacks(task.ordered, per_slice, backend.memory_bytes() // _n_workers, len(task.cases))


def _trained(
    number: int, task: TrainTask, cases: tuple[TrainingCase, ...]
) -> tuple[SliceOutcome, ...]:
    case = cases[0]
    said = 0

    def on_step(done: int) -> None:
        nonlocal said
        if _told is not None and done - said >= STEPS_BETWEEN_WORDS:
            _told.put((number, (done - said) * len(cases)))
            said = done

    some = replace(task, cases=cases)
    first, *others = (load_activation(task.reference or name) for name in some.activations)
    return train(
        some,
        WORKLOADS.get(case.workload),
        first,
        torch.device(BACKENDS.get(case.backend).device),
        others=others,
        on_step=on_step,
    )
