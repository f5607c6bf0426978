"""Validation in the course of training: curves, the best step, and when the target was reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from bench_service.training.result import Curve, FloatArray
from bench_service.training.stack import Stack
from bench_service.training.supply import Supply
from bench_service.workloads import Workload


@dataclass
class Evaluation:
    """What validation data said at each evaluation. Rows are evaluations, columns slices."""

    workload: Workload
    stack: Stack
    supply: Supply
    steps: list[int] = field(default_factory=list)
    metrics: dict[tuple[str, str], list[FloatArray]] = field(default_factory=dict)
    """By split and metric: a row of shape (n_slices,) an evaluation."""
    _trains: Tensor | None = None
    _best: Tensor | None = None
    _best_step: Tensor | None = None
    _best_parameters: dict[str, Tensor] = field(default_factory=dict)
    _best_buffers: dict[str, Tensor] = field(default_factory=dict)

    def look(self, step: int, trained: Mapping[str, Tensor]) -> bool:
        """Read validation data after so many steps; True while any slice is finite.

        ``trained`` has the training metrics of the steps since the last look: (n, n_slices). What
        has diverged has no number from then on: argmax makes an accuracy even of NaN.
        """
        self.steps.append(step)
        scores = self.supply.scores("val", step, self.stack.parameters, self.stack.buffers)
        trains = self._still_trains(trained)
        is_sound = trains & scores["loss"].isfinite()
        for metric, values in trained.items():
            self._keep("train", metric, values.mean(0).where(trains, torch.nan))
        for metric, values in scores.items():
            self._keep("val", metric, values.where(is_sound, torch.nan))
        score = scores[self.workload.metric.removeprefix("val_")]
        self._keep_best(step, score.where(is_sound, torch.nan))
        return bool(is_sound.any())

    def _still_trains(self, trained: Mapping[str, Tensor]) -> Tensor:
        """Which slices have had a finite training loss at every step so far: (n_slices,)."""
        if self._trains is None:
            self._trains = torch.ones_like(self.stack.seed_of_slice, dtype=torch.bool)
        if "loss" in trained:
            self._trains = self._trains & trained["loss"].isfinite().all(0)
        return self._trains

    def test(self) -> tuple[FloatArray, FloatArray | None]:
        """Loss and accuracy on test data with the weights of each slice's best step: read once."""
        last = self.steps[-1]
        scores = self.supply.scores("test", last, self._best_parameters, self._best_buffers)
        accuracy = scores.get("accuracy")
        return _array(scores["loss"]), None if accuracy is None else _array(accuracy)

    def best_steps(self) -> list[int | None]:
        """The step of each slice's best validation metric; None where it never had one."""
        assert self._best_step is not None
        return [step if step >= 0 else None for step in self._best_step.tolist()]

    def value_at(self, split: str, metric: str, step: int, place: int) -> float | None:
        """A metric of a slice at an evaluation; None where it isn't a number."""
        rows = self.metrics.get((split, metric))
        value = float("nan") if rows is None else float(rows[self.steps.index(step)][place])
        return value if np.isfinite(value) else None

    def further_at(self, step: int, place: int) -> dict[str, float | None]:
        """What else the task says of a slice at an evaluation, by name."""
        names = self.workload.task.further
        return {name: self.value_at("val", name, step, place) for name in names}

    def curves(self, place: int) -> tuple[Curve, ...]:
        """The curves of a slice."""
        steps = np.array(self.steps, dtype=np.int64)
        return tuple(
            Curve(split, metric, steps, np.array([row[place] for row in rows], dtype=np.float64))
            for (split, metric), rows in self.metrics.items()
        )

    def steps_to_target(self, place: int) -> int | None:
        """The first evaluation at which a slice had reached the workload's target, if it has."""
        target = self.workload.target
        if target is None:
            return None
        split, _, metric = target.metric.partition("_")
        for step, row in zip(self.steps, self.metrics[split, metric], strict=True):
            value = row[place]
            if value <= target.value if metric == "loss" else value >= target.value:
                return step
        return None

    def _keep(self, split: str, metric: str, values: Tensor) -> None:
        self.metrics.setdefault((split, metric), []).append(_array(values))

    def _keep_best(self, step: int, score: Tensor) -> None:
        parameters, buffers = self.stack.parameters, self.stack.buffers
        if self._best is None or self._best_step is None:
            self._best = torch.full_like(score, torch.nan)
            self._best_step = torch.full(score.shape, -1, device=score.device)
            self._best_parameters = {k: v.detach().clone() for k, v in parameters.items()}
            self._best_buffers = {k: v.clone() for k, v in buffers.items()}
        is_lower = self.workload.better == "lower"
        improved = score < self._best if is_lower else score > self._best
        improved |= self._best.isnan() & score.isfinite()
        if self.workload.scored_at == "last":
            improved = score.isfinite()
        self._best = torch.where(improved, score, self._best)
        self._best_step = torch.where(improved, step, self._best_step)
        places = improved.nonzero().flatten()
        for best, now in ((self._best_parameters, parameters), (self._best_buffers, buffers)):
            for name, kept in best.items():
                kept[places] = now[name].detach()[places]


def _array(values: Tensor) -> FloatArray:
    return values.detach().cpu().numpy().astype(np.float64)
