"""The suite that a command line asks for: a named one, changed by options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench_service.errors import InputError, SuiteError

if TYPE_CHECKING:
    from bench_service.suite import Suite

DEFAULT_SUITE = "quick"


def chosen_suite(
    name: str | None,
    *,
    activations: list[str] | None = None,
    backends: list[str] | None = None,
    workloads: list[str] | None = None,
    kind: str | None = None,
    dtypes: list[str] | None = None,
    numels: list[int] | None = None,
    passes: list[str] | None = None,
    seeds: int | None = None,
    processes: int | None = None,
) -> Suite:
    """The suite of that name with the given options in place of its fields."""
    from bench_service.suite import Suite, load_suite

    _refuse_training(kind, workloads, seeds)
    suite = load_suite(DEFAULT_SUITE if name is None else name)
    document: dict[str, Any] = suite.model_dump()
    if activations:
        document["activations"] = activations
    if backends:
        document["backends"] = "auto" if backends == ["auto"] else backends
    timing = {"passes": passes, "dtypes": dtypes, "numels": numels}
    changed: dict[str, Any] = {field: value for field, value in timing.items() if value}
    if processes is not None:
        changed |= {"processes": processes, "max_processes": max(processes, 3)}
    if changed or (suite.timing is None and kind == "timing"):
        document["timing"] = (document["timing"] or {}) | changed
    if kind == "timing":
        document["training"] = None
    return Suite.from_document(document, f"Suite {suite.name!r} with these options")


def _refuse_training(kind: str | None, workloads: list[str] | None, seeds: int | None) -> None:
    if kind not in (None, "timing", "training"):
        raise SuiteError(
            "There is no such kind.",
            got=f"--kind {kind}",
            allowed="timing",
            next_step="leave it out",
        )
    asked = [f"--kind {kind}"] if kind == "training" else []
    asked += [f"--workload {name}" for name in workloads or ()]
    asked += [] if seeds is None else [f"--seeds {seeds}"]
    if asked:
        raise InputError(
            "Training isn't part of this version: it times activations.",
            got=" ".join(asked),
            allowed="--kind timing, which is the default",
            next_step="leave these options out",
        )
