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

    _check_kind(asked.kind)
    suite = load_suite(DEFAULT_SUITE if asked.suite is None else asked.suite)
    document: dict[str, Any] = suite.model_dump()
    if asked.activation:
        document["activations"] = asked.activation
    if asked.backend:
        document["backends"] = "auto" if asked.backend == ["auto"] else asked.backend
    timing = {"passes": asked.pass_, "dtypes": asked.dtype, "numels": asked.numel}
    changed: dict[str, Any] = {field: value for field, value in timing.items() if value}
    if asked.workload and "step" in (asked.pass_ or ()):
        changed["workloads"] = asked.workload
    if asked.processes is not None:
        changed |= {"processes": asked.processes, "max_processes": max(asked.processes, 3)}
    if changed or (suite.timing is None and asked.kind == "timing"):
        document["timing"] = (document["timing"] or {}) | changed
    if asked.kind == "training":
        document["timing"] = None
    document["training"] = _training(suite, asked)
    return Suite.from_document(document, f"Suite {suite.name!r} with these options")


def checked_suite(asked: Asked) -> Suite:
    """The chosen suite for others to measure; InputError where it names what there isn't.

    The built-in ones name nothing unknown, and looking takes seconds.
    """
    from bench_service.suite import BUILT_IN

    suite = chosen_suite(asked)
    is_built_in = asked.suite is None or asked.suite in BUILT_IN
    if not is_built_in or asked.activation or asked.backend or asked.workload:
        from bench_service.known import check_names

        check_names(suite)
    return suite


def _training(suite: Suite, asked: Asked) -> dict[str, Any] | None:
    """The table ``training`` of the document; None where nothing is to be trained."""
    changed: dict[str, Any] = {}
    if asked.workload:
        changed["workloads"] = asked.workload
    if asked.seeds is not None:
        changed["seeds"] = asked.seeds
    if asked.activation:
        changed["activations"] = []
    if asked.kind == "timing":
        _refuse_beside_timing(asked)
        return None
    if suite.training is None:
        return changed if asked.workload or asked.kind == "training" else None
    return suite.training.model_dump() | changed


def _refuse_beside_timing(asked: Asked) -> None:
    has_steps = "step" in (asked.pass_ or ())
    said = [f"--workload {name}" for name in asked.workload or () if not has_steps]
    said += [] if asked.seeds is None else [f"--seeds {asked.seeds}"]
    if said:
        raise InputError(
            "These options are about training, and only timing was asked for.",
            got=f"--kind timing {' '.join(said)}",
            allowed="--kind training, or neither",
            next_step="leave them out, or leave --kind out",
        )


def _check_kind(kind: str | None) -> None:
    if kind not in (None, "timing", "training"):
        raise SuiteError(
            "There is no such kind.",
            got=f"--kind {kind}",
            allowed="timing, training",
            next_step="choose one, or leave it out for both",
        )
