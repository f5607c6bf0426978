"""How long rows of workers haven't changed, by this process's own monotonic clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SILENT_S = 45.0
"""A worker that can't be asked, and whose row hasn't changed for so long, is taken for dead."""
SIGN = ("pid", "started_at", "n_beats")
"""What of a worker's row changes with each sign of life."""


class Silence:
    """Remembers what rows looked like, and since when: nobody's wall clock matters."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[object, float]] = {}

    def since_s(self, row: Mapping[str, Any], monotonic_s: float) -> float:
        """Seconds for which a worker's row has looked as it does; 0 where it is seen so first."""
        sign = tuple(row[name] for name in SIGN)
        before = self._seen.get(row["identity"])
        if before is None or before[0] != sign:
            self._seen[row["identity"]] = (sign, monotonic_s)
            return 0.0
        return monotonic_s - before[1]

    def has_changed(self, row: Mapping[str, Any]) -> bool:
        """Whether a row that was looked at before looks otherwise now."""
        before = self._seen.get(row["identity"])
        return before is not None and before[0] != tuple(row[name] for name in SIGN)
