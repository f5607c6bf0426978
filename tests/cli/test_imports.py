"""What a verb imports decides how long it takes to answer."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "pandas", "numpy", "sqlalchemy", "alembic", "scipy", "streamlit")
PROGRAM = """
import sys
from bench_service.cli.main import status_of
status = status_of(sys.argv[1:])
print(status, *(name for name in {heavy} if name in sys.modules), file=sys.stderr)
"""


def imported_by(*words):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(heavy=HEAVY), *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
    )
    status, *names = done.stderr.splitlines()[-1].split()
    return int(status), set(names)


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["run", "--nonsense"], ["db"]])
def test_help_and_usage_errors_import_nothing_heavy(words):
    assert imported_by(*words)[1] == set()


def test_the_path_of_the_store_needs_neither_frames_nor_torch(db):
    assert imported_by("db", "path", "--db", db) == (0, {"sqlalchemy"})


def test_an_unknown_suite_is_refused_before_torch_is_imported(db):
    status, names = imported_by("run", "nosuch", "--db", db)
    assert status == 2
    assert "torch" not in names


@pytest.mark.parametrize(
    "words",
    [
        ["runs"], ["runs", "--json"], ["show", "latest"], ["show", "latest", "--json"],
        ["compare", "one", "two"], ["db", "check"], ["db", "prune"], ["db", "backup"],
        ["list", "metrics"], ["jobs"], ["jobs", "--workers"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_reads_the_store_never_imports_torch(db, recorded, words):
    recorded.run(db, label="one")
    recorded.run(db, label="two")
    status, names = imported_by("--db", db, *words)
    assert status == 0
    assert "torch" not in names
    assert "streamlit" not in names


def test_starting_the_pages_imports_neither_torch_nor_streamlit():
    program = "import bench_service.cli.dashboard, dashboard.launch, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"torch", "streamlit"} & set(done.stdout.split())


@pytest.mark.parametrize("words", [["submit", "smoke"], ["worker", "--once"]], ids=" ".join)
def test_who_asks_and_who_waits_needs_no_torch(db, recorded, words, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where the worker's own lock is
    recorded.run(db, label="one")
    status, names = imported_by("--db", db, *words)
    assert status == 0
    assert not names & {"torch", "streamlit"}
