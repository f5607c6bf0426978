"""Whether what a suite names is there, for those who ask others to measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench_service.suite import Suite


def check_names(suite: Suite) -> None:
    """Nothing; InputError for an activation, a backend or a workload that there isn't.

    Whoever measures it would refuse it too, perhaps at night. Imports torch.
    """
    from bench_service.backends import BACKENDS
    from bench_service.planning import check_inputs
    from bench_service.references import check_reference
    from bench_service.workloads import WORKLOADS

    training = suite.training
    for reference in (*suite.activations, *(training.activations if training else ())):
        check_reference(reference)
    for name in () if suite.backends == "auto" else suite.backends:
        BACKENDS.get(name)
    timing = suite.timing
    for name in (*(training.workloads if training else ()), *(timing.workloads if timing else ())):
        WORKLOADS.get(name)
    if timing is not None:
        check_inputs(timing)
