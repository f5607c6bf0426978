"""The suite that a command line asks for: a named one, changed by options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_service.errors import InputError, SuiteError

if TYPE_CHECKING:
    from bench_service.cli.asked import Asked
    from bench_service.suite import Suite

DEFAULT_SUITE = "quick"


def chosen_suite(asked: Asked) -> Suite:
    """The suite of that name with the given options in place of its fields."""
    from bench_service.suite import Suite, load_suite

    _refuse_training(asked)
    suite = load_suite(DEFAULT_SUITE if asked.suite is None else asked.suite)
    document: dict[str, Any] = suite.model_dump()
    if asked.activation:
        document["activations"] = asked.activation
    if asked.backend:
        document["backends"] = "auto" if asked.backend == ["auto"] else asked.backend
    timing = {"passes": asked.pass_, "dtypes": asked.dtype, "numels": asked.numel}
    changed: dict[str, Any] = {field: value for field, value in timing.items() if value}
    if asked.processes is not None:
        changed |= {"processes": asked.processes, "max_processes": max(asked.processes, 3)}
    if changed or (suite.timing is None and asked.kind == "timing"):
        document["timing"] = (document["timing"] or {}) | changed
    if asked.kind == "timing":
        document["training"] = None
    return Suite.from_document(document, f"Suite {suite.name!r} with these options")


def _refuse_training(asked: Asked) -> None:
    kind = asked.kind
    if kind not in (None, "timing", "training"):
        raise SuiteError(
            "There is no such kind.",
            got=f"--kind {kind}",
            allowed="timing",
            next_step="leave it out",
        )
    said = [f"--kind {kind}"] if kind == "training" else []
    said += [f"--workload {name}" for name in asked.workload or ()]
    said += [] if asked.seeds is None else [f"--seeds {asked.seeds}"]
    if said:
        raise InputError(
            "Training isn't part of this version: it times activations.",
            got=" ".join(said),
            allowed="--kind timing, which is the default",
            next_step="leave these options out",
        )
