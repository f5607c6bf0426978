"""Names of runs: short, sortable by time, and unlikely to meet."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: nothing to misread
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_TIME, _CHANCE = 6, 4  # letters


def new_uid(moment: datetime) -> str:
    """Ten letters and digits: the second since 2025 in six of them (34 years), four by chance."""
    second = int((moment - _BEGIN).total_seconds())
    second = min(max(second, 0), 32**_TIME - 1)
    return _spelt(second, _TIME) + _spelt(secrets.randbelow(32**_CHANCE), _CHANCE)


def _spelt(number: int, n_letters: int) -> str:
    return "".join(_LETTERS[number >> 5 * place & 31] for place in reversed(range(n_letters)))
