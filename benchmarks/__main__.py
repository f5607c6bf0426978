"""Run one of the instrument's benchmarks by name, or list them."""

from __future__ import annotations

import json
import sys
from importlib import import_module

BENCHMARKS = {
    "false_positives": "ReLU against an alias of itself: how often is it called different?",
    "power": "A known slow-down of 2, 5 and 10 %: how often is it found, and how exactly?",
    "honesty": "Independent runs: does an interval hold the mean of the other runs?",
    "cost": "quick: time, precision, and what engine and store take beside timed blocks",
    "agreement": "torch.utils.benchmark as one more clock on the same functions in the same rounds",
    "kills": "SIGKILL at random moments: is any finished round lost or doubled?",
    "worker_kills": "SIGKILL of workers at random moments: is any case of a job lost or doubled?",
    "workers": "1 to 8 workers on one PostgreSQL: throughput, overhead, takeover, idle cost",
    "stacking": "all slices of a workload at once, against a plain loop over the same runs",
    "peers": "a known ratio by torch.utils.benchmark, one after the other, and by paired rounds",
}


def main() -> int:
    """The exit status: 0 when the benchmark's bar is met, 1 when not, 2 for a wrong name."""
    if len(sys.argv) < 2 or sys.argv[1] not in BENCHMARKS:
        for name, question in BENCHMARKS.items():
            print(f"{name:16} {question}")
        return 0 if len(sys.argv) < 2 else 2
    figures = import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:])
    print(json.dumps(figures, allow_nan=False))
    return 0 if figures.get("met", True) else 1


if __name__ == "__main__":
    sys.exit(main())
