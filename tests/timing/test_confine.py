from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import torch

from bench_service.timing import confine
from bench_service.timing.threads import end_thread_pool


def test_the_lock_is_held_by_one_at_a_time_and_free_again_when_it_is_closed(tmp_path):
    path = tmp_path / "lock"
    first = confine.take_machine_lock(path, wait=False)
    assert first is not None
    assert confine.take_machine_lock(path, wait=False) is None
    os.close(first)
    second = confine.take_machine_lock(path, wait=False)
    assert second is not None
    os.close(second)


def test_a_lock_file_serves_every_user_whatever_the_umask_of_the_first(tmp_path):
    path = tmp_path / "lock"
    umask = os.umask(0o077)
    try:
        os.close(confine.take_machine_lock(path, wait=False))
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_another_users_lock_file_in_a_folder_like_tmp_can_be_locked():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        path = Path(folder) / "lock"
        os.close(confine.take_machine_lock(path, wait=False))
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                can_write = os.access(path, os.W_OK)
                has_lock = confine.take_machine_lock(path, wait=False) is not None
                code = 0 if has_lock and not can_write else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_link_is_not_followed_to_a_file_of_somebody_elses_choice(tmp_path):
    (tmp_path / "lock").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic link"):
        confine.take_machine_lock(tmp_path / "lock", wait=False)
    assert not (tmp_path / "target").exists()


def test_limits_are_lowered_and_never_raised():
    script = """
import resource
from bench_service.timing import confine
resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))
confine.limit_memory(100 << 30)
assert resource.getrlimit(resource.RLIMIT_DATA) == (8 << 30, 8 << 30)
confine.limit_memory(1 << 30)
assert resource.getrlimit(resource.RLIMIT_DATA) == (int(0.9 * (1 << 30)), 8 << 30)
confine.limit_files()
assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == confine.MAX_FILE_BYTES
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_process_ends_with_the_parent_that_it_was_started_for():
    script = "from bench_service.timing import confine; confine.die_with_parent(1); print('lives')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")


def test_a_fork_of_a_process_that_has_computed_in_parallel_can_do_so_too():
    script = """
import os, torch
from bench_service.timing.threads import end_thread_pool
torch.set_num_threads(2)
x = torch.randn(1 << 20)
torch.relu(x)
n_threads = len(os.listdir("/proc/self/task"))
assert end_thread_pool()
assert len(os.listdir("/proc/self/task")) == n_threads - 1
pid = os.fork()
if pid == 0:
    torch.relu(x)
    os._exit(5)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
"""
    libraries = Path(torch.__file__).with_name("lib").iterdir()
    if not any("libgomp" in path.name for path in libraries):
        pytest.skip("this torch brings another OpenMP")
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_where_no_openmp_is_loaded_there_are_no_threads_to_end(tmp_path):
    assert not end_thread_pool(tmp_path / "missing")
    (tmp_path / "maps").write_text("7f00-7f01 r-xp 00000000 00:00 0    /lib/libc.so.6\n")
    assert not end_thread_pool(tmp_path / "maps")
