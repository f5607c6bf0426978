"""A metric of training as the pages name and print it, and what is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench_service.quantities import QUANTITIES, Quantity, format_number

PLAIN_NAMES = {"val": "validation", "train": "training", "test": "test"}


@dataclass(frozen=True)
class Metric:
    """The metric of a column or a curve: ``test_loss``, ``val_accuracy``, ``train_loss``."""

    symbol: str

    @property
    def split(self) -> str:
        """The data that it is of: ``test``, ``val`` or ``train``."""
        return self.symbol.partition("_")[0]

    @property
    def kind(self) -> str:
        """What it is, whatever data it is of: ``loss``, ``accuracy`` or another."""
        return self.symbol.partition("_")[2]

    @property
    def quantity(self) -> Quantity:
        """The quantity, that of validation data where the split has none of its own."""
        unknown = Quantity(self.symbol, self.name, "1", "lower", format_number)
        return QUANTITIES.get(self.symbol, QUANTITIES.get(f"val_{self.kind}", unknown))

    @property
    def name(self) -> str:
        """In words: ``test loss``, ``validation accuracy``."""
        return f"{PLAIN_NAMES.get(self.split, self.split)} {self.kind.replace('_', ' ')}"

    @property
    def is_higher_better(self) -> bool:
        """Which direction is better; unknown ones count as losses."""
        return self.quantity.better == "higher"

    @property
    def is_share(self) -> bool:
        """True where it is printed as a percentage."""
        return self.kind == "accuracy"

    @property
    def axis(self) -> str:
        """The title of an axis, with its unit and what is better."""
        return f"{self.name} ({'%' if self.is_share else '1'}), {self.direction}"

    @property
    def direction(self) -> str:
        """What is better, in words."""
        return f"{'higher' if self.is_higher_better else 'lower'} is better"

    def show(self, value: float) -> str:
        """A value as people read it."""
        return self.quantity.show(value)

    def difference(self, value: float) -> str:
        """A difference with its sign: ``+0.0145``, ``−1.2 points``; an en dash where none is."""
        if math.isnan(value):
            return "–"
        if self.is_share:
            return _signed(f"{100 * value:+.2g}") + " points"
        return _signed(f"{value:+.2g}")

    def amount(self, value: float) -> str:
        """How far a value is from another, as a comparison has it: ``0.015 lower``."""
        size = f"{100 * abs(value):.2g} points" if self.is_share else f"{abs(value):.2g}"
        return f"{size} {'higher' if value > 0 else 'lower'}"


def _signed(text: str) -> str:
    return text.replace("-", "−").replace("e−", "e-")
