"""Who a worker is, and that there is only one of it."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys

import pytest

from bench_service.errors import JobError
from bench_service.service.identity import alone, identity_of

HOLDS = """
import sys
from pathlib import Path
from bench_service.service.identity import alone
with alone(sys.argv[1], Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_an_identity_is_the_machine_and_the_name():
    assert identity_of("main") == f"{platform.node()}/main"
    assert identity_of("gpu.0-a_b", "lab") == "lab/gpu.0-a_b"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 41, "ä", "a\n", "../x", "a;b"])
def test_a_name_that_can_not_be_one_is_refused_with_what_is_allowed(name):
    with pytest.raises(JobError, match="can't be a worker's name") as error:
        identity_of(name)
    assert "1 to 40 letters" in str(error.value)


def test_a_second_worker_of_the_name_is_refused_and_another_is_not(tmp_path):
    with alone("lab/a", tmp_path):
        with pytest.raises(JobError, match="runs on this machine already") as error:
            alone("lab/a", tmp_path).__enter__()
        assert "lab/a" in str(error.value)
        with alone("lab/b", tmp_path):
            pass
    with alone("lab/a", tmp_path):
        pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_goes_with_the_process_however_it_ends(tmp_path, number):
    command = [sys.executable, "-c", HOLDS, "lab/a", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(JobError):
            alone("lab/a", tmp_path).__enter__()
        holder.send_signal(number)
        holder.wait(10)
        with alone("lab/a", tmp_path):
            pass


def test_what_a_worker_starts_does_not_keep_its_lock(tmp_path):
    with alone("lab/a", tmp_path):
        child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    with alone("lab/a", tmp_path):
        pass
    child.communicate()


def test_a_lock_that_can_not_be_opened_is_said_with_what_to_do(tmp_path):
    (tmp_path / "bench-service-worker-lab-a.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JobError, match="can't be taken") as error:
        alone("lab/a", tmp_path).__enter__()
    assert "--name" in str(error.value)
    assert not os.path.exists(tmp_path / "elsewhere")  # noqa: PTH110
