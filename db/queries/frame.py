"""Rows as a tidy DataFrame whose columns and dtypes are the same whether it is empty or not.

==============  =========================  ==============================================
kind            dtype                      missing
==============  =========================  ==============================================
``text``        pandas' own for text       NaN (None in pandas 2)
``integer``     int64                      never
``integer?``    Int64                      ``pandas.NA``
``number``      float64                    NaN
``flag``        bool                       never
``time``        datetime64[us, UTC]        NaT
``object``      object                     None; a dict, a list or a read-only numpy array
==============  =========================  ==============================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select

from db.errors import TooManyRowsError

_DTYPES = {
    "integer": "int64",
    "integer?": "Int64",
    "number": "float64",
    "flag": "bool",
    "time": "datetime64[us, UTC]",
    "object": "object",
}


def frame(rows: Iterable[Sequence[Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """A DataFrame of rows whose values are in the order of ``columns`` (name to kind)."""
    values: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {
            name: _series(column, kind)
            for (name, kind), column in zip(columns.items(), values, strict=True)
        }
    )


def _series(values: Sequence[Any], kind: str) -> pd.Series[Any]:
    if kind == "text":
        return pd.Series(list(values), dtype=pd.Series([""]).dtype)
    return pd.Series(list(values), dtype=_DTYPES[kind])


def bounded(
    connection: Connection, statement: Select[*tuple[Any, ...]], limit: int
) -> Sequence[Any]:
    """All rows; TooManyRowsError where there are more than ``limit``."""
    rows = connection.execute(statement.limit(limit + 1)).all()
    if len(rows) > limit:
        raise TooManyRowsError(
            "The answer is longer than allowed.",
            got=f"more than {limit} rows",
            next_step="ask for less, or raise the limit",
        )
    return rows
