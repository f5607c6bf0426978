"""The quantities of this program: long name, unit, which direction is better, how to print them.

One table serves the command line, the pages and the store, so that a number looks the same and
means the same everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "neither"]

_SECONDS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns"))
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


# 999.6 ns are shown as 1 µs: from here on three digits round up to the next unit.
ROUNDS_TO_ONE = 0.9995


def _scaled(value: float, steps: tuple[tuple[float, str], ...], suffix: str = "") -> str:
    for factor, unit in steps:
        if abs(value) >= ROUNDS_TO_ONE * factor:
            return f"{_digits(value / factor)} {unit}{suffix}"
    return f"{value:.3g} {steps[-1][1]}{suffix}"


def _digits(value: float) -> str:
    """Three significant digits, and all of those before the point: ``12.3``, ``1,234``."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"


def format_time(value_ns: float) -> str:
    """A time in ns, ms or s with three significant digits: ``12.3 µs``."""
    return _scaled(value_ns, _SECONDS)


def format_rate(value: float) -> str:
    """A rate in bytes per second: ``8.1 GB/s``."""
    return _scaled(value, _BYTES, "/s")


def format_ratio(value: float) -> str:
    """A ratio with three decimals: ``1.042``; from 10 upwards three significant digits."""
    if abs(value) < 9.9995:
        return f"{value:.3f}"
    return f"{value:.1f}" if abs(value) < 99.95 else f"{value:,.0f}"


def format_share(value: float) -> str:
    """A share as a percentage: ``37 %``."""
    return f"{100 * value:.0f} %"


def format_accuracy(value: float) -> str:
    """A share of right answers as a percentage with one decimal: ``97.5 %``."""
    return f"{100 * value:.1f} %"


def format_steps(value: float) -> str:
    """A number of training steps, rounded: ``1,234``."""
    return f"{value:,.0f}"


def format_seconds(value: float) -> str:
    """A time in s with three significant digits and the unit that fits: ``1.2 ms``."""
    return format_time(1e9 * value)


def format_p(value: float) -> str:
    """A p-value with two digits: ``0.031``; ``< 0.0001`` below that."""
    return "< 0.0001" if value < 1e-4 else f"{value:.2g}"


def format_number(value: float) -> str:
    """A plain number with three significant digits: ``12.3``, ``1,234``."""
    return _digits(value)


@dataclass(frozen=True)
class Quantity:
    """A measured quantity."""

    symbol: str
    long_name: str
    unit: str
    better: Better
    format: Callable[[float], str]

    def show(self, value: float | None) -> str:
        """The value as people read it; an en dash where there is none."""
        if value is None or math.isnan(value):
            return "–"
        return self.format(value)


def _table(*rows: Quantity) -> dict[str, Quantity]:
    return {row.symbol: row for row in rows}


QUANTITIES = _table(
    Quantity("time_ns", "time per call", "ns", "lower", format_time),
    Quantity("ratio", "time relative to ReLU in the same rounds", "1", "lower", format_ratio),
    Quantity("aa_ratio", "ReLU relative to itself", "1", "neither", format_ratio),
    Quantity("bytes_per_s", "bytes moved per second", "B/s", "higher", format_rate),
    Quantity("fraction_of_copy", "share of a copy's speed", "1", "higher", format_share),
    Quantity(
        "saved_bytes_per_element", "bytes kept for the backward pass per element", "B", "lower",
        format_number,
    ),
    Quantity("faults_per_call", "page faults per call", "1", "lower", format_number),
    Quantity("compile_time_ns", "time to compile", "ns", "lower", format_time),
    Quantity("step_time_ns", "time of a training step", "ns", "lower", format_time),
    Quantity("lr", "learning rate", "1", "neither", format_number),
    Quantity("steps", "training steps", "1", "neither", format_steps),
    Quantity("val_loss", "loss on validation data", "1", "lower", format_number),
    Quantity("val_accuracy", "accuracy on validation data", "1", "higher", format_accuracy),
    Quantity("test_loss", "loss on test data", "1", "lower", format_number),
    Quantity("test_accuracy", "accuracy on test data", "1", "higher", format_accuracy),
    Quantity("steps_to_target", "training steps to the target", "1", "lower", format_steps),
    Quantity("seconds_to_target", "training time to the target", "s", "lower", format_seconds),
    Quantity("steps_ratio", "steps to the target relative to ReLU", "1", "lower", format_ratio),
    Quantity("seconds_ratio", "time to the target relative to ReLU", "1", "lower", format_ratio),
    Quantity("profile_score", "area under the performance profile", "1", "higher", format_ratio),
    Quantity(
        "normalised_score", "score between chance (0) and tuned ReLU (1)", "1", "higher",
        format_ratio,
    ),
    Quantity("iqm", "interquartile mean of normalised scores", "1", "higher", format_ratio),
    Quantity("p_value", "p-value", "1", "neither", format_p),
    Quantity("p_better", "probability of beating ReLU", "1", "higher", format_share),
    Quantity("noise_floor", "what equal functions differ by", "1", "lower", format_number),
    Quantity("diverged_rate", "share of runs that diverged", "1", "lower", format_share),
    Quantity(
        "lr_width_decades", "range of learning rates that are as good as the best", "decades",
        "higher", format_number,
    ),
    Quantity("grad_dead", "units without gradient", "1", "lower", format_share),
    Quantity("zero_dead", "units with an output of exactly 0", "1", "lower", format_share),
    Quantity("off_pinned", "units that never cross 0 from below", "1", "lower", format_share),
    Quantity("sparsity", "outputs of exactly 0", "1", "neither", format_share),
)  # fmt: skip
