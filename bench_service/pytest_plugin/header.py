"""What the store keeps of a test session beside its benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from bench_service.environment import Environment
from bench_service.pytest_plugin.context import ci_context, job_key
from bench_service.pytest_plugin.gather import Session
from bench_service.pytest_plugin.plain import document
from bench_service.pytest_plugin.rows import options_of
from bench_service.record import RunHeader
from bench_service.result import fingerprint

SUITE = "pytest"


def header_of(
    session: Session, environment: Environment, variables: Mapping[str, str]
) -> RunHeader:
    """The header of the session's run; ``variables`` are those of the process."""
    ci = ci_context(variables)
    names = sorted({*session.benchmarks, *session.left_out})
    return RunHeader(
        suite=SUITE,
        suite_document={
            "name": SUITE,
            "context": {**ci, **session.told},
            **options_of(session.benchmarks),
        },
        hardware=environment.hardware,
        software=environment.software,
        hardware_label=environment.hardware_label,
        software_label=environment.software_label,
        trigger="ci",
        n_planned=len(names),
        engine_version=f"pytest-benchmark {version('pytest-benchmark')}",
        code=_code(session.commit, ci),
        state={**environment.state, "machine_info": document(session.machine)},
        idempotency_key=_key(ci, session.told, names, environment),
        started_at=session.started_at,
    )


def _code(commit: Mapping[str, Any], ci: Mapping[str, str]) -> dict[str, object]:
    """The checkout as pytest-benchmark found it; where it found none, as the CI service says."""
    known = document(commit)
    has_commit = known.get("id") not in (None, "", "unversioned", "unknown")
    return {
        **{name: value for name, value in known.items() if name not in ("id", "dirty")},
        "commit": known["id"] if has_commit else ci.get("commit"),
        "is_dirty": known.get("dirty") if has_commit else None,
    }


def _key(
    ci: Mapping[str, str], told: Mapping[str, str], names: list[str], environment: Environment
) -> str | None:
    """The attempt at the CI job, with what tells its sessions and its matrix's legs apart.

    Legs of a matrix share all that the CI service says of a job, and one job may run pytest
    twice: environment, benchmarks and what the user told are part of the key.
    """
    job = job_key(ci)
    if job is None:
        return None
    rest = {
        "told": dict(told),
        "benchmarks": names,
        "hardware": environment.hardware_fingerprint,
        "software": environment.software_fingerprint,
    }
    return f"{job}:{fingerprint(rest)}"
