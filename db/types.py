"""Column types: what a Python value becomes in SQLite (STRICT tables) and in PostgreSQL.

=================  ===========  ================  ==============================================
type               SQLite       PostgreSQL        Python
=================  ===========  ================  ==============================================
``INTEGER``        INTEGER      BIGINT            int, -2^63 to 2^63 - 1
``PlainText``      TEXT         TEXT              str; NUL and lone surrogates become U+FFFD
``FiniteFloat``    REAL         DOUBLE PRECISION  float; NaN and infinities are refused
``YesNo``          INTEGER      BIGINT            bool
``UtcTime``        INTEGER      BIGINT            datetime with a zone; microseconds since 1970
``Document``       TEXT         TEXT              what JSON can say; canonical, without NaN
``IntegerArray``   BLOB         BYTEA             1-d int64 array, see ``db.arrays``
``FloatArray``     BLOB         BYTEA             1-d float64 array, NaN and infinities kept
=================  ===========  ================  ==============================================
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Double, LargeBinary, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from db import arrays

INTEGER = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
REAL: Double[float] = Double().with_variant(sqlite.REAL(), "sqlite")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def canonical_json(value: object) -> str:
    """The one text of a document: sorted keys, no spaces, ASCII; ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} has no place in a JSON document")


class PlainText(TypeDecorator[str]):
    """Text that both databases take: an error's message must never be what can't be stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as stored."""
        if value is None:
            return None
        clean = value.replace("\x00", "\ufffd")
        return clean.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


class FiniteFloat(TypeDecorator[float]):
    """A number. SQLite would turn NaN into NULL without a word, so it is refused."""

    impl = REAL
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """The number as stored; ValueError where it isn't finite."""
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{value} isn't a finite number")
        return None if value is None else float(value)


class YesNo(TypeDecorator[bool]):
    """A truth value."""

    impl = INTEGER
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """0 or 1."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """The truth value again."""
        return None if value is None else bool(value)


class UtcTime(TypeDecorator[datetime]):
    """A moment, to the microsecond."""

    impl = INTEGER
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds since 1970, UTC; ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Document(TypeDecorator[Any]):
    """An opaque JSON document."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Canonical JSON."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """The document again: its reader knows what it holds."""
        return None if value is None else json.loads(value)


class IntegerArray(TypeDecorator[arrays.IntArray]):
    """A 1-d array of int64."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: arrays.IntArray | None, dialect: Dialect) -> bytes | None:
        """The array as bytes."""
        return None if value is None else arrays.integers_to_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> arrays.IntArray | None:
        """The array again, read-only."""
        return None if value is None else arrays.integers_from_bytes(bytes(value))


class FloatArray(TypeDecorator[arrays.FloatArray]):
    """A 1-d array of float64."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: arrays.FloatArray | None, dialect: Dialect) -> bytes | None:
        """The array as bytes."""
        return None if value is None else arrays.floats_to_bytes(value)

    def process_result_value(
        self, value: bytes | None, dialect: Dialect
    ) -> arrays.FloatArray | None:
        """The array again, read-only."""
        return None if value is None else arrays.floats_from_bytes(bytes(value))
