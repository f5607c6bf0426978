"""Facts and their fingerprints: equal where runs may be compared, different where they may not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench_service import environment
from bench_service.environment import VARIABLES, code_facts, read_environment


@pytest.fixture(scope="module")
def now():
    return read_environment()


def test_fingerprints_stay_when_read_again(now):
    again = read_environment()
    assert again.hardware_fingerprint == now.hardware_fingerprint
    assert again.software_fingerprint == now.software_fingerprint


def test_another_process_finds_the_same_fingerprints(now):
    script = (
        "from bench_service.environment import read_environment as r; e = r();"
        "print(e.hardware_fingerprint, e.software_fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [now.hardware_fingerprint, now.software_fingerprint]


@pytest.mark.parametrize(
    "name",
    ["OMP_NUM_THREADS", "MALLOC_ARENA_MAX", "LD_PRELOAD", "TORCH_COMPILE_DISABLE",
     "PYTORCH_NVML_BASED_CUDA_CHECK", "KMP_AFFINITY", "CUDA_VISIBLE_DEVICES", "GLIBC_TUNABLES"],
)  # fmt: skip
def test_a_variable_that_changes_what_is_measured_changes_the_software(now, monkeypatch, name):
    monkeypatch.setenv(name, "3")
    changed = read_environment()
    assert changed.software_fingerprint != now.software_fingerprint
    assert changed.hardware_fingerprint == now.hardware_fingerprint
    assert changed.software["variables"][name] == "3"


@pytest.mark.parametrize("name", ["PATH", "HOME", "PS1", "MY_OMP", "API_TOKEN"])
def test_other_variables_are_neither_kept_nor_compared(name):
    assert not VARIABLES.match(name)


def test_what_varies_from_run_to_run_is_no_part_of_a_fingerprint(now, monkeypatch):
    monkeypatch.setattr(environment, "_state", lambda: {"load_average": [99.0]})
    assert read_environment().software_fingerprint == now.software_fingerprint
    assert "load_average" not in now.hardware | now.software


def test_the_affinity_and_the_quota_are_software(now):
    """Pinned to one core, the same machine isn't the same environment."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) < 2:
        pytest.skip("there is one core only")
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert read_environment().software_fingerprint != now.software_fingerprint
    finally:
        os.sched_setaffinity(0, allowed)


def test_the_facts_are_json_and_name_the_machine(now):
    for facts in (now.hardware, now.software, now.state):
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert now.hardware["threads"] == psutil.cpu_count()
    assert now.software["packages"]["torch"]
    assert now.software["packages"]["bench-service"]
    assert now.state["pid"] == os.getpid()
    assert str(now.hardware["cores"]) in now.hardware_label
    assert now.software["python"] in now.software_label


def test_a_fact_that_cannot_be_read_is_empty_and_no_error(now, monkeypatch):
    monkeypatch.setattr(environment.Path, "read_text", _unreadable)
    facts = read_environment()
    assert facts.software["huge_pages"] == ""
    assert facts.hardware["is_virtual"] is False
    assert facts.hardware["threads"] == now.hardware["threads"]


def _unreadable(*_args, **_kwargs):
    raise PermissionError


def test_the_commit_and_the_state_of_a_checkout(tmp_path):
    assert code_facts(tmp_path) == {}

    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    git("init")
    (tmp_path / "file").write_text("1")
    git("add", ".")
    git("commit", "-m", "first")
    clean = code_facts(tmp_path)
    assert len(clean["commit"]) == 40
    assert clean["is_dirty"] is False
    (tmp_path / "file").write_text("2")
    assert code_facts(tmp_path) == {**clean, "is_dirty": True}


def test_without_git_there_are_no_facts_of_the_code(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert code_facts(Path(__file__).parent) == {}
