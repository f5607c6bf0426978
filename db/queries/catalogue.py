"""What there is to choose from: activations, hardware, quantities."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import func, select

from db.queries.frame import bounded, frame
from db.session import Store
from db.tables import Activation, Environment, Hardware, Quantity, Run

ACTIVATIONS = {
    "name": "text",
    "version": "integer",
    "family": "text",
    "shape_class": "text",
    "formula": "text",
    "latex": "text",
    "source": "text",
    "params": "object",
}
HARDWARE = {
    "fingerprint": "text",
    "label": "text",
    "n_runs": "integer",
    "first_run_at": "time",
    "last_run_at": "time",
    "facts": "object",
}
QUANTITIES = {"symbol": "text", "long_name": "text", "unit": "text", "better": "text"}


def activations(store: Store, *, limit: int = 10_000) -> pd.DataFrame:
    """The activations that were described to the store, one row per version, by name.

    ``name`` text, ``version`` int64, ``family, shape_class, formula, latex, source`` text,
    ``params`` dicts (the defaults). TooManyRowsError beyond ``limit``.
    """
    stored = {"params": "parameters"}
    columns = [getattr(Activation, stored.get(name, name)) for name in ACTIVATIONS]
    statement = select(*columns).order_by(Activation.name, Activation.version, Activation.id)
    with store.transaction(reads_only=True) as connection:
        return frame(bounded(connection, statement, limit), ACTIVATIONS)


def hardware(store: Store, *, limit: int = 1_000) -> pd.DataFrame:
    """The machines that runs took place on, one row each, the one used last first.

    ``fingerprint, label`` text, ``n_runs`` int64, ``first_run_at, last_run_at`` UTC times,
    ``facts`` dicts. TooManyRowsError beyond ``limit``.
    """
    used = (
        select(
            Environment.hardware_id,
            func.count().label("n_runs"),
            func.min(Run.started_at).label("first_run_at"),
            func.max(Run.started_at).label("last_run_at"),
        )
        .join(Run, Run.environment_id == Environment.id)
        .group_by(Environment.hardware_id)
        .subquery()
    )
    statement = (
        select(
            Hardware.fingerprint,
            Hardware.label,
            used.c.n_runs,
            used.c.first_run_at,
            used.c.last_run_at,
            Hardware.facts,
        )
        .join(used, used.c.hardware_id == Hardware.id)
        .order_by(used.c.last_run_at.desc(), Hardware.id)
    )
    with store.transaction(reads_only=True) as connection:
        return frame(bounded(connection, statement, limit), HARDWARE)


def quantities(store: Store) -> pd.DataFrame:
    """What the store's numbers mean: ``symbol, long_name, unit, better`` text, by symbol."""
    columns = [getattr(Quantity, name) for name in QUANTITIES]
    with store.transaction(reads_only=True) as connection:
        return frame(connection.execute(select(*columns).order_by(Quantity.symbol)), QUANTITIES)
