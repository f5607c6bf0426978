"""Where things stand: charts know no Streamlit, pages know no SQL, no name hides another."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

import dashboard

HERE = Path(dashboard.__file__).parent
CHARTS = sorted((HERE / "charts").glob("*.py"))
VIEWS = sorted((HERE / "views").glob("[a-z]*.py"))
PURE = [
    HERE / f"{name}.py"
    for name in (
        "service/answers",
        "service/jobs",
        "service/schedules",
        "service/snapshot",
        "service/times",
        "service/vain",
        "service/workers",
        "answers",
        "colors",
        "commands",
        "dimensions",
        "evidence",
        "markup",
        "ranking",
        "runs",
        "words",
    )
]


def imported(path):
    """The top-level names of the modules that a file imports, and their full names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found | {name.partition(".")[0] for name in found}


@pytest.mark.parametrize("path", [*CHARTS, *PURE], ids=lambda path: path.stem)
def test_charts_and_sentences_are_made_without_streamlit(path):
    assert "streamlit" not in imported(path)


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: path.stem)
def test_only_the_door_opens_the_store(path):
    asks = {"db.queries", "db.session", "sqlalchemy"} & imported(path)
    assert not asks or path.name in ("data.py", "writing.py")


def test_only_one_module_opens_the_store_for_writing():
    opening = [path for path in HERE.rglob("*.py") if "open_store(" in path.read_text()]
    reading = [path for path in opening if "read_only=True" in path.read_text()]
    assert sorted({path.name for path in opening} - {path.name for path in reading}) == [
        "writing.py"
    ]


def test_the_page_about_jobs_alone_looks_again_by_itself():
    """A page that changes under the eyes of who reads it takes the thread of thought away."""
    looking = [
        path.relative_to(HERE) for path in HERE.rglob("*.py") if "run_every" in path.read_text()
    ]
    assert looking == [Path("panels/jobs.py")]


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_a_page_is_short(path):
    assert len(path.read_text().splitlines()) <= 60


def test_no_module_hides_another_when_the_pages_stand_first_on_the_path():
    names = {path.stem for path in HERE.iterdir() if path.suffix == ".py" or path.is_dir()}
    names = {name for name in names if name.isidentifier() and not name.startswith("__")}
    assert not names & set(sys.stdlib_module_names)
    assert [name for name in names if importlib.util.find_spec(name)] == []
