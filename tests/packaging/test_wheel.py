"""The wheel, installed and used from another folder: nothing of the checkout is needed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bench_service", "db", "dashboard")
LEFT_OUT = {"__pycache__", ".mypy_cache"}
SUITE = """
name = "small"
backends = ["cpu-eager"]
[timing]
passes = ["forward"]
numels = [64]
processes = 3
max_processes = 3
child_ms = 5
"""

# The pages themselves run when they are imported, and only under Streamlit.
IMPORT_THE_PAGES = """
import importlib, pkgutil, sys
import dashboard, dashboard.launch
print(dashboard.launch.APP)
for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
    if not module.name.startswith(("dashboard.app", "dashboard.views.")):
        importlib.import_module(module.name)
print("torch" in sys.modules)
"""

needs = [name for name in ("build", "setuptools") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(needs), reason=f"building needs {', '.join(needs)}")


def files_of(folder):
    """The files of the packages in a folder, by their paths in it."""
    return {
        path.relative_to(folder).as_posix()
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.parts)
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the sources, so that building writes nothing beside them."""
    copy = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout, tmp_path_factory):
    """The wheel, built with what is installed here: nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(checkout)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder that the wheel is installed into; what it depends on is this environment's."""
    target = tmp_path_factory.mktemp("site")
    command = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--no-index", "--target", str(target), str(wheel)]  # fmt: skip
    subprocess.run([sys.executable, *command], check=True)
    return target


@pytest.fixture
def elsewhere(installed, tmp_path):
    """Call the installed console script, or Python, from another folder."""

    def called(*words, script=True):
        program = [str(installed / "bin" / "bench-service")] if script else []
        return subprocess.run(
            [sys.executable, *program, *words],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(installed),
                "PYTHONSAFEPATH": "1",
                "BENCH_SERVICE_DB": str(tmp_path / "store.db"),
                "BENCH_SERVICE_LOCK": str(tmp_path / "lock"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return called


def test_everything_of_the_packages_is_in_the_wheel_and_nothing_else(wheel, checkout):
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == files_of(checkout)


@pytest.mark.parametrize(
    "name",
    [
        "bench_service/py.typed", "db/py.typed", "dashboard/py.typed",
        "bench_service/suites/smoke.toml", "bench_service/suites/quick.toml",
        "bench_service/suites/standard.toml", "bench_service/suites/rigorous.toml",
        "db/migrations/env.py", "dashboard/app.py", "dashboard/.streamlit/config.toml",
    ],
)  # fmt: skip
def test_what_is_read_at_run_time_is_in_the_wheel(wheel, name):
    with zipfile.ZipFile(wheel) as archive:
        assert name in archive.namelist()


def test_the_metadata_names_licence_script_plugin_and_python(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        points = archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert metadata["Name"] == "bench-service"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "bench-service = bench_service.cli:main" in points
    assert "bench_service = bench_service.pytest_plugin" in points


def test_the_installed_package_is_the_wheels(elsewhere, installed):
    modules = ", ".join(PACKAGES)
    program = f"import {modules}; print(*(m.__file__ for m in ({modules})))"
    said = elsewhere("-c", program, script=False)
    assert said.returncode == 0, said.stderr
    assert all(path.startswith(str(installed)) for path in said.stdout.split())


def test_the_installed_script_answers(elsewhere, tmp_path):
    path = elsewhere("db", "path")
    assert (path.returncode, path.stdout.strip()) == (0, str(tmp_path / "store.db"))
    planned = elsewhere("plan", "smoke", "--json")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["n_cases"] == 6
    assert {row["name"] for row in json.loads(elsewhere("list", "suites", "--json").stdout)} == {
        "smoke", "quick", "standard", "rigorous",
    }  # fmt: skip


def test_the_installed_script_measures_stores_and_shows(elsewhere, tmp_path):
    (tmp_path / "small.toml").write_text(SUITE)
    done = elsewhere("run", "small.toml", "--json")
    assert done.returncode == 0, done.stderr
    shown = elsewhere("show", "latest", "--json")
    assert json.loads(shown.stdout) == json.loads(done.stdout)
    assert "schema 0.4.0" in elsewhere("db", "check").stdout


def test_the_installed_pages_start_from_the_wheel_and_never_import_torch(elsewhere, installed):
    said = elsewhere("-c", IMPORT_THE_PAGES, script=False)
    assert said.returncode == 0, said.stderr
    app, has_torch = said.stdout.split()
    assert app == str(installed / "dashboard" / "app.py")
    assert has_torch == "False"
