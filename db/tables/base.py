"""What all tables share: the type of each annotation, names of constraints, STRICT."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import CheckConstraint, ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.schema import SchemaItem

from db.arrays import FloatArray, IntArray
from db.types import (
    INTEGER,
    Document,
    FiniteFloat,
    IntegerArray,
    PlainText,
    UtcTime,
    YesNo,
)
from db.types import FloatArray as FloatArrayType

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

Json = Annotated[Any, "an opaque JSON document"]
Integers = Annotated[IntArray, "a 1-d array of int64"]
Floats = Annotated[FloatArray, "a 1-d array of float64"]

Key = Annotated[int, mapped_column(primary_key=True)]
RunKey = Annotated[int, mapped_column(ForeignKey("run.id", ondelete="CASCADE"))]


class Base(DeclarativeBase):
    """The declarative base; ``Base.metadata`` is the schema that the migrations lead to."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads this very attribute
        int: INTEGER,
        float: FiniteFloat(),
        str: PlainText(),
        bool: YesNo(),
        datetime: UtcTime(),
        Json: Document(),
        Integers: IntegerArray(),
        Floats: FloatArrayType(),
    }


def table_args(*items: SchemaItem) -> tuple[Any, ...]:
    """``__table_args__``: constraints and indexes of the table, and STRICT on SQLite."""
    return (*items, {"sqlite_strict": True})


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A check that a text column holds one of these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f'"{column}" IN ({listed})', name=column)
