"""Forkers begin, wait for the machine, are killed, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest
from forking import FILE, commands_with, descendants, eventually, mis, spec_of

from bench_service.errors import ForkerError
from bench_service.timing.confine import take_machine_lock
from bench_service.timing.events import probes_of
from bench_service.timing.forker_client import Forker

SILENCE_S = 20.0


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def probe(forker, *activations):
    return probes_of(forker.ask("probe", spec_of(*activations), SILENCE_S))


def test_a_killed_forker_ends_its_request_with_an_error_and_the_next_request_has_a_new_one(
    own_lock,
):
    with Forker() as forker:
        first = forker.pid
        events = forker.ask("probe", spec_of("relu", mis("hangs")), 60.0)
        assert next(events)["event"] == "probe"
        (child,) = descendants(first)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(ForkerError, match="ended"):
            list(events)
        assert eventually(lambda: is_gone(child.pid))
        found, end = probe(forker, "relu")
        assert end["status"] == "ok"
        assert found["relu"].n_calls > 0
        assert forker.pid != first


def test_a_request_that_nobody_reads_to_its_end_leaves_nothing_for_the_next(own_lock):
    with Forker() as forker:
        events = forker.ask("probe", spec_of("gelu", "silu", "mish"), SILENCE_S)
        assert next(events)["probe"]["label"] == "gelu"
        events.close()
        found, end = probe(forker, "relu")
        assert end["status"] == "ok"
        assert found.keys() == {"relu"}


def test_a_forker_that_says_nothing_is_replaced(own_lock, monkeypatch):
    monkeypatch.setattr("bench_service.timing.forker_client.STOP_LIMIT_S", 0.1)
    with Forker(grace_s=0.5) as forker:
        first = forker.pid
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(ForkerError, match="doesn't answer"):
            list(forker.ask("probe", spec_of("relu"), 0.5))
        assert is_gone(first)
        assert probe(forker, "relu")[1]["status"] == "ok"


@pytest.mark.parametrize("name", ["hangs", "leaves_process_and_hangs"])
def test_nothing_survives_a_parent_that_is_killed(own_lock, name):
    script = f"""
        import sys
        sys.path.insert(0, {str(FILE.parent)!r})
        from forking import mis, spec_of
        from bench_service.timing.forker_client import Forker
        with Forker() as forker:
            for event in forker.ask("probe", spec_of("relu", mis({name!r})), 600.0):
                print(forker.pid, flush=True)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    with parent, parent.stdout:
        forker_pid = int(parent.stdout.readline())
        expected = 2 if name == "hangs" else 3
        assert eventually(lambda: len(descendants(parent.pid)) >= expected)
        family = descendants(parent.pid)
        parent.kill()
    assert forker_pid in [process.pid for process in family]
    assert eventually(lambda: all(is_gone(process.pid) for process in family))
    assert commands_with("3605") == []
    lock = take_machine_lock(own_lock, wait=False)
    assert lock is not None
    os.close(lock)


def test_a_second_forker_is_refused_or_waits_until_the_first_has_ended(own_lock):
    heard = []
    with Forker():
        with pytest.raises(ForkerError, match="Another process is measuring"):
            Forker(wait_for_machine=False).__enter__()

        def interrupted():
            heard.append(True)
            raise KeyboardInterrupt

        waiting = Forker(on_busy=interrupted)
        with pytest.raises(KeyboardInterrupt):
            waiting.__enter__()
        assert heard == [True]
        assert waiting.pid is None
    # Had the interrupted one stayed behind, it would have the lock by now.
    with Forker(wait_for_machine=False) as forker:
        assert probe(forker, "relu")[1]["status"] == "ok"


def test_a_forker_waits_for_the_lock_and_begins_when_it_is_free(own_lock):
    lock = take_machine_lock(own_lock, wait=False)
    with Forker(on_busy=lambda: os.close(lock)) as forker:
        assert probe(forker, "relu")[1]["status"] == "ok"


def test_what_a_function_leaves_behind_does_not_hold_the_lock(own_lock):
    with Forker() as forker:
        assert probe(forker, mis("leaves_daemon"))[1]["status"] == "ok"
    lock = take_machine_lock(own_lock, wait=False)
    assert lock is not None
    os.close(lock)


def test_a_lock_file_that_cannot_be_opened_is_named_in_the_error(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_LOCK", str(tmp_path / "no" / "such" / "folder"))
    with pytest.raises(ForkerError, match=r"no/such/folder can't be used") as caught:
        Forker().__enter__()
    assert "BENCH_SERVICE_LOCK" in caught.value.next_step


def test_a_forker_that_cannot_start_says_why(own_lock):
    with pytest.raises(ForkerError, match="ended"):
        Forker(python="/bin/false").__enter__()


def test_what_is_printed_is_kept_within_bounds(own_lock, monkeypatch):
    monkeypatch.setattr("bench_service.timing.forker_client.LOG_LIMIT_BYTES", 1000)
    with Forker() as forker:
        sizes = []
        for _ in range(3):
            spec = spec_of(mis("prints"), n_calls=1, n_rounds=8)
            assert list(forker.ask("measure", spec, SILENCE_S))[-1]["status"] == "ok"
            sizes.append(os.fstat(forker._log.fileno()).st_size)
        assert sizes[0] > 1000
        assert len(set(sizes)) == 1, "each child begins with an empty log"
