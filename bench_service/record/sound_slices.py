"""What a slice must be before it is stored, so that a refusal names the slice and the number."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench_service.training.result import Curve, NeuronCurve, NeuronMask, SliceOutcome, SliceStatus
from db.errors import RefusedValueError

_METRICS = ("val_loss", "val_accuracy", "test_loss", "test_accuracy", "grad_dead", "zero_dead",
            "off_pinned", "sparsity")  # fmt: skip


def require_sound_slice(outcome: SliceOutcome) -> None:
    """Nothing; RefusedValueError for what a slice can't be.

    That is: a number that isn't finite, a failure without a reason, a curve whose arrays differ in
    length, a mask whose bits aren't those of its units and checkpoints. NaN within a curve is
    what a slice that diverged has, and is kept.
    """
    case = outcome.case
    what = (
        f"The slice of {case.activation} on {case.workload} (lr {case.lr:g}, {case.lr_role}, seed"
        f" {case.seed})"
    )
    require_finite(what, {"lr": case.lr, **dict(case.parameters)})
    require_finite(what, {name: getattr(outcome, name) for name in _METRICS})
    if outcome.status != SliceStatus.OK and not outcome.reason:
        raise RefusedValueError(f"{what} has no reason.", got=f"status {outcome.status}")
    curves: list[Curve | NeuronCurve] = [*outcome.curves, *outcome.neurons]
    for curve in curves:
        if len(curve.steps) != len(curve.values):
            raise RefusedValueError(
                f"{what} has a curve of {curve.metric!r} whose arrays differ in length.",
                got=f"{len(curve.steps)} steps, {len(curve.values)} values",
            )
    for mask in outcome.masks:
        _require_sound_mask(what, mask)


def require_finite(what: str, values: Mapping[str, float | None]) -> None:
    """Nothing; RefusedValueError that names the number which is NaN or infinite. None may be."""
    for name, value in values.items():
        if value is not None and not math.isfinite(value):
            raise RefusedValueError(
                f"{what} has a number that is none.",
                got=f"{name} {value}",
                allowed="a finite number, or None where it doesn't apply",
            )


def _require_sound_mask(what: str, mask: NeuronMask) -> None:
    n_bytes = len(mask.steps) * -(-mask.n_units // 8)  # every checkpoint begins on a new byte
    if mask.n_units < 1 or len(mask.bits) != n_bytes:
        raise RefusedValueError(
            f"{what} has a mask of {mask.metric!r} that doesn't fit its units.",
            got=f"{len(mask.bits)} bytes for {mask.n_units} units at {len(mask.steps)} checkpoints",
            allowed=f"{n_bytes} bytes: numpy.packbits of each checkpoint's units",
        )
