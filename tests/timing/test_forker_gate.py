"""Forkers of one run wait at a gate for the one that takes the machine's lock."""

from __future__ import annotations

import os

import psutil
import pytest
from forking import eventually

from bench_service.errors import ForkerError
from bench_service.timing.confine import take_machine_lock
from bench_service.timing.forker import open_gate, pass_gate
from bench_service.timing.forker_pool import ForkerPool


@pytest.fixture
def gate():
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:  # the test has closed it
            continue


def test_an_open_gate_lets_everybody_pass_also_when_its_keeper_has_gone(gate):
    entry, keeper = gate
    open_gate(keeper)
    assert pass_gate(entry)
    os.close(keeper)
    assert pass_gate(entry)


def test_nobody_passes_when_the_keeper_goes_without_opening(gate):
    entry, keeper = gate
    os.close(keeper)
    assert not pass_gate(entry)


def test_a_gate_at_which_nobody_waits_may_be_opened(gate):
    entry, keeper = gate
    os.close(entry)
    open_gate(keeper)


def imports_torch(pid: int) -> bool:
    return any("torch" in mapped.path for mapped in psutil.Process(pid).memory_maps())


def test_while_the_machine_is_taken_no_forker_imports_torch(own_lock):
    lock = take_machine_lock(own_lock, wait=False)
    seen = []

    def busy():
        pids = [forker.pid for forker in pool.forkers]
        asleep = [psutil.STATUS_SLEEPING] * len(pids)
        assert eventually(lambda: [psutil.Process(pid).status() for pid in pids] == asleep)
        seen.extend(imports_torch(pid) for pid in pids)
        os.close(lock)

    pool = ForkerPool(n_parents=3, on_busy=busy)
    with pool:
        assert seen == [False] * 3
        assert imports_torch(pool.forkers[0].pid)


def test_where_nobody_waits_for_the_machine_all_forkers_end(own_lock):
    lock = take_machine_lock(own_lock, wait=False)
    pool = ForkerPool(n_parents=3, wait_for_machine=False)
    pool.launch()
    others = [psutil.Process(forker.pid) for forker in pool.forkers[1:]]
    with pytest.raises(ForkerError, match="measuring"):
        pool.__enter__()
    assert not any(process.is_running() for process in others)
    assert pool.forkers == []
    os.close(lock)


def test_a_pool_that_can_not_be_launched_leaves_no_process(own_lock, monkeypatch):
    from bench_service.timing.forker_client import Forker

    started = []
    launch = Forker.launch

    def launch_two(self, gate=None):
        if len(started) == 2:
            raise OSError("no more processes")
        launch(self, gate)
        started.append(self.pid)

    monkeypatch.setattr(Forker, "launch", launch_two)
    pool = ForkerPool(n_parents=3)
    with pytest.raises(OSError, match="no more"):
        pool.launch()
    assert pool.forkers == []
    assert not any(psutil.pid_exists(pid) for pid in started)
