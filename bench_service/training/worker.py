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
from bench_service.training.spec import TrainTask
from bench_service.training.splitting import train_in_parts
from bench_service.training.trainer import train
from bench_service.workloads import WORKLOADS

Progress = tuple[int, int]
"""A task's number and how many steps of it have been done since the last word, times slices."""

STEPS_BETWEEN_WORDS = 10

_told: SimpleQueue[Progress] | None = None


def begin(told: SimpleQueue[Progress], parent: int, n_workers: int) -> None:
    """Set this process up: it shares the machine, and it doesn't outlive who asked for it.

    Stacked tensors are large, and the C library would give their memory back and fault it in
    again at every step: kept, a step takes two thirds of the time.
    """
    global _told  # noqa: PLW0603  a pool's workers have no other place for what they begin with
    _told = told
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
        return train_in_parts(task.ordered, lambda cases: _trained(number, task, cases))
    except BenchServiceError as error:
        reason = " ".join(filter(None, (error.what, error.got)))
    except BaseException as error:  # a user's own activation may raise anything, exits included
        first = str(error).strip().partition("\n")[0]
        reason = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return tuple(SliceOutcome(case, SliceStatus.ERROR, reason) for case in task.ordered)


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

    return train(
        replace(task, cases=cases),
        WORKLOADS.get(case.workload),
        load_activation(task.reference or case.activation),
        torch.device(BACKENDS.get(case.backend).device),
        on_step=on_step,
    )
