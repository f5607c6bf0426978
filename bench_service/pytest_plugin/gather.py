"""What there is to store of a test session when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from bench_service.pytest_plugin.rows import documents
from bench_service.result import RunStatus


@dataclass(frozen=True, kw_only=True)
class Session:
    """What is known of a test session when it ends."""

    benchmarks: Mapping[str, Mapping[str, Any]]
    """Entries of ``--benchmark-json`` by full name."""
    left_out: frozenset[str]
    """Full names of what was to be measured, and failed or didn't end."""
    status: RunStatus
    started_at: datetime
    machine: Mapping[str, Any]
    commit: Mapping[str, Any]
    told: Mapping[str, str]
    """``--bench-service-context``."""


def gather(
    config: pytest.Config,
    measured: Any,  # noqa: ANN401  # pytest-benchmark has no types
    unfit: set[str],
    started_at: datetime,
    *,
    is_interrupted: bool,
) -> Session:
    """The session; machine and commit are asked of pytest-benchmark's hooks."""
    benchmarks = documents(measured, unfit)
    left_out = frozenset(unfit | {one.fullname for one in measured} - {*benchmarks})
    hook = config.hook
    machine = hook.pytest_benchmark_generate_machine_info(config=config) or {}
    hook.pytest_benchmark_update_machine_info(config=config, machine_info=machine)
    commit = hook.pytest_benchmark_generate_commit_info(config=config) or {}
    hook.pytest_benchmark_update_commit_info(config=config, commit_info=commit)
    return Session(
        benchmarks=benchmarks,
        left_out=left_out,
        status=_status(bool(benchmarks), bool(left_out), is_interrupted=is_interrupted),
        started_at=started_at,
        machine=machine,
        commit=commit,
        told=dict(config.getoption("bench_service_context")),
    )


def _status(has_some: bool, lacks_some: bool, *, is_interrupted: bool) -> RunStatus:
    if is_interrupted:
        return RunStatus.INTERRUPTED
    if not has_some:
        return RunStatus.FAILED
    return RunStatus.PARTIAL if lacks_some else RunStatus.DONE
