"""How the learning rate of a comparison was set: tuned, the workload's own, or one of a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

TUNED, DEFAULT = "tuned", "default"
ROLES = {TUNED: "eval", DEFAULT: "default"}


@dataclass(frozen=True)
class Rate:
    """A way to set the rate, by the word that picks it on a page and in its address."""

    word: str
    role: str
    lr: float | None = None
    """The rate of a sweep; elsewhere activations may have different ones, or it says nothing."""

    @property
    def phrase(self) -> str:
        """In a sentence: ``at its tuned rate``."""
        if self.lr is not None:
            return f"at a rate of {self.lr:g}"
        return "at its tuned rate" if self.word == TUNED else "at the default rate"

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame that are of this rate."""
        keep = frame["lr_role"] == self.role
        if self.lr is not None:
            column = next(name for name in ("sweep_lr", "at_lr", "lr") if name in frame)
            keep &= frame[column].astype(float) == self.lr
        return frame.loc[keep]


def rates(slices: pd.DataFrame) -> list[Rate]:
    """The rates at which activations can be compared: tuned first, those of a sweep rising."""
    roles = set(slices["lr_role"])
    found = [Rate(word, role) for word, role in ROLES.items() if role in roles]
    swept = sorted(float(lr) for lr in slices.loc[slices["lr_role"] == "sweep", "lr"].unique())
    return found + [Rate(f"{lr:g}", "sweep", lr) for lr in swept]


def first(found: list[Rate], facts: Mapping[str, Any]) -> int:
    """The index of the rate to show where nobody chose: of a sweep the workload's own one."""
    default = facts.get("default_lr")
    own = [index for index, rate in enumerate(found) if rate.lr == default and default is not None]
    return own[0] if own and found[0].lr is not None else 0
