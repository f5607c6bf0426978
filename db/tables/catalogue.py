"""What makes the file self-describing: its promise, the quantities, the activations."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Json, Key, one_of, table_args

BETTER = ("lower", "higher", "neither")


class Meta(Base):
    """What whoever finds this file without the program has to know, as key and value."""

    __tablename__ = "meta"
    __table_args__ = table_args()

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Quantity(Base):
    """A measured quantity: its name, its unit and which direction is better."""

    __tablename__ = "quantity"
    __table_args__ = table_args(one_of("better", BETTER))

    symbol: Mapped[str] = mapped_column(primary_key=True)
    long_name: Mapped[str]
    unit: Mapped[str]
    better: Mapped[str]


class Activation(Base):
    """An activation as the catalogue defined it when it was measured.

    ``parameters`` are the entry's defaults; a case's own parameters are with the case. A raised
    ``version`` is a new row, so that old results keep the meaning that they had.
    """

    __tablename__ = "activation"
    __table_args__ = table_args(UniqueConstraint("name", "parameters", "version"))

    id: Mapped[Key]
    name: Mapped[str]
    parameters: Mapped[Json]
    version: Mapped[int]
    family: Mapped[str]
    shape_class: Mapped[str]
    formula: Mapped[str]
    latex: Mapped[str]
    source: Mapped[str]
