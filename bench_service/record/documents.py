"""Documents that users' own programs made, as JSON can say them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(value: object) -> Any:  # noqa: ANN401  whatever JSON can say
    """The value with null for numbers that aren't finite, and text for what JSON doesn't know.

    A test session is recorded whatever its tests put into their parameters and notes.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
