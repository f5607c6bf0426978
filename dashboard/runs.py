"""Runs as the pages know them, each under a name that people can tell from the others."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard import words


@dataclass(frozen=True)
class Run:
    """A run as the pages know it: what the list of runs says, and its name on the pages."""

    uid: str
    name: str
    suite: str
    status: str
    started_at: pd.Timestamp
    finished_at: pd.Timestamp | None
    n_cases: int
    n_ok: int
    n_failed: int
    n_skipped: int
    n_slices: int
    torch_version: str

    @property
    def is_measuring(self) -> bool:
        """True while it measures."""
        return self.status == "running"

    @property
    def n_timings(self) -> int:
        """Its cases that aren't slices of a training."""
        return self.n_cases - self.n_slices

    @property
    def may_change(self) -> bool:
        """True where its end wasn't noted: it measures, or was killed and may be resumed."""
        return self.finished_at is None or pd.isna(self.finished_at)

    @property
    def is_whole(self) -> bool:
        """True where it came to its end and measured something."""
        return self.status in ("done", "partial") and self.n_ok > 0


def machines(found: pd.DataFrame) -> dict[str, str]:
    """The fingerprints of a list of machines, by the names that the pages give them."""
    prints = list(found["fingerprint"])
    names = words.unique(list(found["label"]), [each[:6] for each in prints])
    return dict(zip(names, prints, strict=True))


def named(found: pd.DataFrame) -> list[Run]:
    """The runs of a list, by label, or by suite and time where they have none."""
    given = [
        label if isinstance(label, str) else f"{suite} {started:%Y-%m-%d %H:%M}"
        for label, suite, started in zip(
            found["label"], found["suite"], found["started_at"], strict=True
        )
    ]
    names = words.unique(given, [uid[-6:] for uid in found["uid"]])
    own = [column for column in found.columns if column in Run.__dataclass_fields__]
    return [
        Run(name=name, **dict(zip(own, values, strict=True)))
        for name, values in zip(names, found[own].itertuples(index=False), strict=True)
    ]
