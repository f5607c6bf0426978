"""What pytest-benchmark measured in a test session."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Floats, Json, Key, RunKey, table_args


class CiBenchmark(Base):
    """One benchmark of a test session."""

    __tablename__ = "ci_benchmark"
    __table_args__ = table_args(UniqueConstraint("run_id", "fullname"))

    id: Mapped[Key]
    run_id: Mapped[RunKey]
    name: Mapped[str]
    fullname: Mapped[str] = mapped_column(index=True)
    group_name: Mapped[str]  # empty where the test named none
    parameters: Mapped[Json]
    extra_info: Mapped[Json]
    n_rounds: Mapped[int]  # as measured; times_ns may hold fewer
    iterations: Mapped[int]
    times_ns: Mapped[Floats]
    stats: Mapped[Json]
