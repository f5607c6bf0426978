"""Where a run took place: hardware and software, each known by the fingerprint of its facts."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Json, Key, table_args


class Hardware(Base):
    """A kind of machine. Runs on equal fingerprints may be held against each other."""

    __tablename__ = "hardware"
    __table_args__ = table_args()

    id: Mapped[Key]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    facts: Mapped[Json]


class Software(Base):
    """Versions and settings of what ran."""

    __tablename__ = "software"
    __table_args__ = table_args()

    id: Mapped[Key]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    torch_version: Mapped[str]  # empty where torch had no part in it
    facts: Mapped[Json]


class Environment(Base):
    """One hardware with one software."""

    __tablename__ = "environment"
    __table_args__ = table_args(UniqueConstraint("hardware_id", "software_id"))

    id: Mapped[Key]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    hardware_id: Mapped[int] = mapped_column(ForeignKey("hardware.id"))
    software_id: Mapped[int] = mapped_column(ForeignKey("software.id"))
