"""How many rows the tables of slices hold."""

from __future__ import annotations

from sqlalchemy import func, select

from db.tables import NeuronCurve, NeuronMask, TrainingCurve, TrainingOutcome

OF_SLICES = (TrainingOutcome, TrainingCurve, NeuronCurve, NeuronMask)


def counts(store, *tables):
    """The rows of each of these tables; of ``OF_SLICES`` where none is named."""
    with store.transaction(reads_only=True) as connection:
        return [
            connection.scalar(select(func.count()).select_from(table))
            for table in tables or OF_SLICES
        ]
