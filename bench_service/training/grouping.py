"""Which chains train in one stack, and how many slices of them at once."""

from __future__ import annotations

from collections.abc import Sequence

from bench_service.activations import ACTIVATIONS, ShapeClass
from bench_service.backends import BACKENDS
from bench_service.training.chain import Chain
from bench_service.training.result import TrainingCase
from bench_service.training.splitting import MAX_SLICES_CPU, MAX_SLICES_DEVICE


def stack_key(chain: Chain) -> tuple[object, ...]:
    """Equal for chains whose slices may share a stack.

    On the CPU each activation has stacks of its own, which are long enough: more slices are no
    cheaper there. On other devices a workload's elementwise activations of the catalogue share
    theirs; what a user's own function is like turns out where it is trained.
    """
    shared = (chain.workload, chain.workload_version, chain.backend, chain.init, chain.optimizer)
    is_alone = _is_on_cpu(chain.backend) or not _is_elementwise(chain.activation)
    return (*shared, chain.parameters, chain.activation if is_alone else "")


def stacks_of(due: Sequence[TrainingCase]) -> list[tuple[TrainingCase, ...]]:
    """Slices that may share a stack, cut where more at once are no cheaper."""
    if not due:
        return []
    most = MAX_SLICES_CPU if _is_on_cpu(due[0].backend) else MAX_SLICES_DEVICE
    return [tuple(due[begin : begin + most]) for begin in range(0, len(due), most)]


def _is_on_cpu(backend: str) -> bool:
    return BACKENDS.get(backend).device == "cpu"


def _is_elementwise(reference: str) -> bool:
    if reference not in ACTIVATIONS:
        return False
    return ACTIVATIONS.get(reference).shape_class is ShapeClass.ELEMENTWISE
