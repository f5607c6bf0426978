"""A known ratio by one-after-the-other timing and by paired rounds of the same length.

ReLU called 21 times against ReLU called 20 times: the truth is 1.05. torch.utils.benchmark times
first the one and then the other with ``blocked_autorange``; paired rounds take turns in the same
process for the same time. Both in one process, so that only the design differs.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own convention
from torch.utils.benchmark import Timer

from bench_service.analysis.pairing import view_process
from bench_service.timing.rounds import Entry, RoundPlan, measure_rounds
from bench_service.timing.stopwatch import HostStopwatch
from benchmarks.disturbance import busy_neighbours

FEW, MANY = 20, 21
TRUTH = MANY / FEW
SECONDS = 0.4


def one_after_the_other(x: torch.Tensor) -> float:
    """The ratio that torch.utils.benchmark gives, half of the time for each."""
    timer = Timer("f(x)", globals={"f": F.relu, "x": x}, num_threads=1)
    medians = [timer.blocked_autorange(min_run_time=SECONDS / 2).median for _ in range(2)]
    return medians[1] * MANY / (medians[0] * FEW)


def paired(x: torch.Tensor, random: np.random.Generator) -> float:
    """The ratio by paired rounds in random order for the same time."""
    call, times = partial(F.relu, x), 4
    entries = [
        Entry("few", "reference", call, times * FEW),
        Entry("many", "case", call, times * MANY),
    ]
    started = time.perf_counter()
    stopwatch = HostStopwatch()
    walls, flags = [], []
    while time.perf_counter() - started < SECONDS:
        (blocks,) = measure_rounds(entries, RoundPlan(n_rounds=20), stopwatch, random)
        walls.append([block.wall_ns for block in blocks])
        flags.append([block.flags for block in blocks])
    wall, flag = (np.concatenate(parts, axis=1) for parts in (walls, flags))
    view = view_process(
        0,
        {
            "few": (times * FEW, wall[0], flag[0]),
            "many": (times * FEW, wall[1], flag[1]),
        },
    )
    return float(np.exp(view.log_ratio("many", ("few",))))


def main(arguments: list[str]) -> dict[str, Any]:
    """Standard deviation and bias of both, quiet and with a busy neighbour on each core."""
    parser = argparse.ArgumentParser(prog="peers")
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    x = torch.randn(1024, generator=torch.Generator().manual_seed(0))
    random = np.random.default_rng(0)
    figures: dict[str, Any] = {}
    for state, is_busy in (("quiet", False), ("busy", True)):
        with torch.no_grad(), busy_neighbours(is_busy):
            pairs = [(one_after_the_other(x), paired(x, random)) for _ in range(given.repeats)]
        errors = np.array(pairs) / TRUTH - 1
        figures[state] = {
            name: {
                "sd": float(errors[:, index].std(ddof=1)),
                "bias": float(errors[:, index].mean()),
                "worst": float(np.abs(errors[:, index]).max()),
            }
            for index, name in enumerate(("one_after_the_other", "paired_rounds"))
        }
    return figures
