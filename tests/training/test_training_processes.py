"""Processes that train: they print nothing, harm nobody, and don't outlive who asked for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from forking import eventually
from training_acts import reference

pytestmark = pytest.mark.slow

SCRIPT = """
import json, os, sys
from pathlib import Path
from bench_service.training import campaign
from bench_service.training.chain import Chain

with open(sys.argv[1], "a") as times:
    times.write("begun\\n")


class Quiet:
    def training_begins(self, n_chains, n_slices): ...
    def training_moved(self, share, n_done, now): ...
    def training_failed(self, outcome): ...


class Memory:
    stored = {}

    def slices(self, uid, outcomes):
        for outcome in outcomes:
            name = outcome.case.activation.rpartition(":")[2]
            self.stored.setdefault(name, []).append([outcome.status, outcome.reason])
        return len(outcomes)


def chain(activation):
    return campaign.Costed(
        Chain("lr_stress", 1, activation, "cpu-eager", "gain", "momentum", (0.01,), 0.01,
              "val_loss", "lower", (0, 1), (), is_sweep=True),
        136, 100.0,
    )


campaign.GRACE_S = 1.0
limit_s = float(sys.argv[2])
campaign.Campaign("run", [*map(chain, sys.argv[3:])], Memory(), Quiet(), 2, limit_s).run()
print(json.dumps(Memory.stored))
"""


@pytest.fixture
def script(tmp_path):
    """Starts a program that asks for a campaign without asking whether it is the main module."""
    file = tmp_path / "without_a_guard.py"
    file.write_text(SCRIPT)
    (tmp_path / "marks").mkdir()
    started: list[subprocess.Popen[str]] = []

    def start(*activations, limit_s=600.0):
        process = subprocess.Popen(
            [sys.executable, str(file), str(tmp_path / "times"), str(limit_s), *activations],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "MARK": str(tmp_path / "marks")},
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def hanging(tmp_path: Path) -> list[psutil.Process]:
    """The processes that are at work and will never end by themselves."""
    marks = tmp_path / "marks"
    assert eventually(lambda: len(list(marks.iterdir())) == 2, limit_s=120)
    return [psutil.Process(int(mark.name)) for mark in marks.iterdir()]


def have_ended(processes: list[psutil.Process]) -> bool:
    def is_over(process):
        try:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return eventually(lambda: all(map(is_over, processes)), limit_s=60)


def test_a_program_without_a_main_guard_is_begun_once_and_its_functions_print_nothing(
    script, tmp_path
):
    process = script(reference("prints"), "relu")
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    assert errors == ""
    assert json.loads(output) == {"prints": [["ok", ""]] * 2, "relu": [["ok", ""]] * 2}
    assert (tmp_path / "times").read_text() == "begun\n"


def test_processes_that_die_or_hang_leave_the_others_unharmed(script):
    names = ("kills_itself", "segfaults", "exits", "raises", "closes_descriptors", "hangs")
    process = script(*map(reference, names), "relu", reference("sound"), limit_s=45.0)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    found = json.loads(output)
    assert {name: {reason for _, reason in ends} for name, ends in found.items()} == {
        "kills_itself": {"the process died with status -9"},
        "segfaults": {"the process died with status -11"},
        "exits": {"the process died with status 7"},
        "raises": {"ValueError: no, thanks"},
        "closes_descriptors": {"the process died with status 9"},
        "hangs": {"no end within 45 s"},
        "relu": {""},
        "sound": {""},
    }
    assert {status for name in ("relu", "sound") for status, _ in found[name]} == {"ok"}
    assert {status for status, _ in found["hangs"]} == {"timeout"}


def test_ctrl_c_ends_the_campaign_and_its_processes(script, tmp_path):
    """A terminal sends it to all processes of the group; the parent decides what it means."""
    process = script(reference("hangs"), reference("hangs_too"))
    workers = hanging(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert have_ended(workers)


def test_processes_end_with_a_parent_that_is_killed(script, tmp_path):
    process = script(reference("hangs"), reference("hangs_too"))
    workers = hanging(tmp_path)
    process.kill()
    assert have_ended(workers)
