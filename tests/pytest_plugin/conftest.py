"""Whole pytest sessions in processes of their own, and what they left in their stores."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pytest

from bench_service.pytest_plugin.gather import Session
from bench_service.result import RunStatus
from db import queries
from db.session import open_store

# Nothing of the CI service that may run these very tests.
KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG")

CONFTEST = """
import sys
from pathlib import Path

def pytest_unconfigure(config):
    Path("modules.txt").write_text("\\n".join(sys.modules))
"""
# Asking the real machine takes a second, and no session here is about it.
ANSWERS = """
def pytest_benchmark_generate_machine_info(config):
    return {"node": "here"}

def pytest_benchmark_update_machine_info(config, machine_info):
    machine_info["rack"] = 3

def pytest_benchmark_generate_commit_info(config):
    return {"id": "0123abc", "dirty": True, "branch": "main"}
"""
SETTINGS = "[pytest]\nfilterwarnings = error\naddopts = --benchmark-max-time=0.01\n"


@dataclass(frozen=True)
class Ended:
    """A pytest session that has ended."""

    folder: Path
    status: int
    output: str

    @property
    def modules(self) -> set[str]:
        """All that the session's process had imported by its end."""
        return set((self.folder / "modules.txt").read_text().split())

    def lines(self) -> list[str]:
        """What the session wrote."""
        return self.output.splitlines()


RunSession = Callable[..., Ended]


@pytest.fixture(scope="session")
def run_session() -> RunSession:
    """``run_session(folder, tests, *options, env={}, conftest="", benchmark=True)``."""

    def run(
        folder: Path,
        tests: str,
        *options: str,
        env: Mapping[str, str] = MappingProxyType({}),
        conftest: str = "",
        benchmark: bool = True,
    ) -> Ended:
        answers, settings = (ANSWERS, SETTINGS) if benchmark else ("", "[pytest]\n")
        (folder / "pytest.ini").write_text(settings)
        (folder / "conftest.py").write_text(CONFTEST + answers + conftest)
        (folder / "test_it.py").write_text(tests)
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        done = subprocess.run(
            command, cwd=folder, env=kept | env, capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
        return Ended(folder, done.returncode, done.stdout + done.stderr)

    return run


@dataclass(frozen=True)
class Kept:
    """A run as the queries give it back."""

    header: Mapping[str, object]
    benchmarks: pd.DataFrame
    """Rows by name."""


def kept_runs(store: Path) -> list[Kept]:
    """All runs in a store, newest first."""
    with open_store(store, read_only=True) as opened:
        uids = queries.runs(opened)["uid"].tolist()
        return [
            Kept(
                queries.run_header(opened, uid),
                queries.ci_benchmarks(opened, uid).set_index("name", drop=False),
            )
            for uid in uids
        ]


@pytest.fixture(scope="session")
def runs_in() -> Callable[[Path], list[Kept]]:
    """``runs_in(store)``: all its runs, newest first."""
    return kept_runs


def benchmark_document(name: str = "test_a") -> dict[str, object]:
    """A benchmark as pytest-benchmark describes it."""
    return {
        "group": None, "name": name, "fullname": f"test_it.py::{name}", "params": None,
        "param": None, "extra_info": {}, "options": {"max_time": 1.0},
        "stats": {"data": [1e-6, 3e-6], "iterations": 5, "median": 2e-6},
    }  # fmt: skip


@pytest.fixture
def session_of() -> Callable[..., Session]:
    """``session_of(*names, **changes)``: a session that measured these benchmarks."""

    def make(*names: str, **changes: object) -> Session:
        documents = [benchmark_document(name) for name in names or ("test_a",)]
        values: dict[str, object] = {
            "benchmarks": {one["fullname"]: one for one in documents},
            "left_out": frozenset(),
            "status": RunStatus.DONE,
            "started_at": datetime(2026, 1, 2, tzinfo=UTC),
            "machine": {},
            "commit": {"id": "0123abc", "dirty": False},
            "told": {},
        }
        return Session(**(values | changes))  # type: ignore[arg-type]

    return make
