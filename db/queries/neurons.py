"""The health of neurons in one run: metrics of layers over checkpoints, and masks of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import select

from db.queries.frame import bounded, frame
from db.queries.training import SLICE, among, of_run, slice_columns
from db.session import Store
from db.tables import NeuronCurve, NeuronMask, TrainingOutcome

CURVES = {
    **SLICE,
    "layer": "text",
    "metric": "text",
    "n_units": "integer",
    "n_probe": "integer",
    "steps": "object",
    "values": "object",
}
MASKS = {
    **{name: kind for name, kind in SLICE.items() if name != "status"},
    "layer": "text",
    "metric": "text",
    "n_units": "integer",
    "steps": "object",
    "mask": "object",
}


def neuron_curves(
    store: Store,
    uid: str,
    *,
    workload: str,
    activations: Sequence[str] | None = None,
    lr_roles: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    layers: Sequence[str] | None = None,
    limit: int = 200_000,
) -> pd.DataFrame:
    """Neuron metrics of a workload's slices over checkpoints, one row a slice, layer and metric.

    ``case`` (fingerprint), ``activation`` text, ``params`` dicts, ``init, optimizer`` text, ``lr``
    float64, ``lr_role`` text, ``seed`` int64, ``status, layer, metric`` text, ``n_units, n_probe``
    int64, ``steps`` int64 and ``values`` float64 arrays of one length, read-only; NaN where the
    slice had diverged. Optionally of some activations, learning-rate roles, metrics or layers
    alone. TooManyRowsError beyond ``limit``.
    """
    curve = NeuronCurve
    names = ("layer", "metric", "n_units", "n_probe", "steps", "metric_values")
    columns = (*slice_columns(), *(getattr(curve, name) for name in names))
    statement = (
        of_run(select(*columns), uid, workload, activations=activations, lr_roles=lr_roles)
        .join(curve, curve.outcome_id == TrainingOutcome.id)
        .order_by(curve.id)
    )
    statement = among(statement, (curve.metric, metrics), (curve.layer, layers))
    with store.transaction(reads_only=True) as connection:
        return frame(bounded(connection, statement, limit), CURVES)


def neuron_masks(
    store: Store,
    uid: str,
    *,
    workload: str,
    lr_roles: Sequence[str] | None = None,
    metric: str | None = None,
    limit: int = 20_000,
) -> pd.DataFrame:
    """Which units of a workload's slices met a definition, one row a slice, layer and definition.

    ``case`` (fingerprint), ``activation`` text, ``params`` dicts, ``init, optimizer`` text, ``lr``
    float64, ``lr_role`` text, ``seed`` int64, ``layer, metric`` text, ``n_units`` int64, ``steps``
    int64 arrays of ``n_checkpoints`` numbers and ``mask`` bool arrays of shape ``(n_checkpoints,
    n_units)``, both read-only. Optionally of some learning-rate roles or one definition alone.
    TooManyRowsError beyond ``limit``.
    """
    stored = NeuronMask
    names = ("layer", "metric", "n_units", "steps", "bits")
    columns = [column for column in slice_columns() if column.key != "status"]
    statement = (
        of_run(
            select(*columns, *(getattr(stored, name) for name in names)),
            uid,
            workload,
            lr_roles=lr_roles,
        )
        .join(stored, stored.outcome_id == TrainingOutcome.id)
        .order_by(stored.id)
    )
    if metric is not None:
        statement = statement.where(stored.metric == metric)
    with store.transaction(reads_only=True) as connection:
        rows = bounded(connection, statement, limit)
    return frame([(*row[:-1], _mask(row)) for row in rows], MASKS)


def _mask(row: Any) -> npt.NDArray[np.bool_]:  # noqa: ANN401  # a row of the statement above
    packed = np.frombuffer(row.bits, dtype=np.uint8).reshape(len(row.steps), -(-row.n_units // 8))
    mask = np.unpackbits(packed, axis=1, count=row.n_units).view(np.bool_)
    mask.setflags(write=False)
    return mask
