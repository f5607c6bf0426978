"""Forkers of one run begin together, in turn, once one of them has the machine's lock."""

from __future__ import annotations

import os
import threading

import psutil
import pytest
from forking import eventually

from bench_service.errors import ForkerError
from bench_service.timing.confine import take_machine_lock
from bench_service.timing.forker_pool import ForkerPool
from bench_service.timing.turns import Turns


@pytest.fixture
def turns():
    turns = Turns.closed()
    yield turns
    turns.leave()


@pytest.mark.parametrize("n_at_once", [1, 2, 3])
def test_no_more_than_so_many_have_a_turn_at_once_and_everybody_gets_one(turns, n_at_once):
    inside, most, done = [], [], []
    go_on = threading.Semaphore(0)

    def work(name):
        with turns.taken():
            inside.append(name)
            most.append(len(inside))
            go_on.acquire()
            inside.remove(name)
        done.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(5)]
    for thread in threads:
        thread.start()
    assert inside == [], "closed turns let nobody in"
    turns.open(n_at_once)
    assert eventually(lambda: len(inside) == n_at_once)
    for _ in threads:
        go_on.release()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1, 2, 3, 4]
    assert max(most) == n_at_once


def test_a_turn_is_given_back_also_by_who_fails(turns):
    turns.open(1)
    with pytest.raises(ImportError), turns.taken():
        raise ImportError
    with turns.taken():
        pass


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

    def launch_two(self, turns=None):
        if len(started) == 2:
            raise OSError("no more processes")
        launch(self, turns)
        started.append(self.pid)

    monkeypatch.setattr(Forker, "launch", launch_two)
    pool = ForkerPool(n_parents=3)
    with pytest.raises(OSError, match="no more"):
        pool.launch()
    assert pool.forkers == []
    assert not any(psutil.pid_exists(pid) for pid in started)
