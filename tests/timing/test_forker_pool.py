import psutil
import pytest

from bench_service.errors import ForkerError
from bench_service.result import ChildResult, Conditions, Role
from bench_service.timing.events import child_parts
from bench_service.timing.forker_pool import ForkerPool
from bench_service.timing.spec import EntrySpec, GroupSpec

SILENCE_S = 60.0


def spec_of(process_ix):
    conditions = Conditions("cpu-eager", "forward", "float32", 64)
    entries = (EntrySpec("relu", Role.CASE, "relu", n_calls=2),)
    return GroupSpec(conditions, entries, process_ix=process_ix, n_rounds=3)


def parent_of(pool, process_ix):
    spec = spec_of(process_ix)
    (part,) = child_parts(pool.ask("measure", spec, SILENCE_S), spec)
    assert isinstance(part, ChildResult), part.reason
    return part.facts["parent"]


def test_children_take_the_parents_in_turn_and_say_whose_they_are(own_lock):
    with ForkerPool(n_parents=3) as pool:
        assert len({forker.pid for forker in pool.forkers}) == 3
        parents = [parent_of(pool, process_ix) for process_ix in range(6)]
    assert len(set(parents)) == 3
    assert parents[:3] == parents[3:]


def test_a_pool_that_is_closed_leaves_no_process(own_lock):
    with ForkerPool(n_parents=2) as pool:
        pids = [forker.pid for forker in pool.forkers]
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_one_lock_serves_the_whole_pool_and_keeps_others_out(own_lock):
    with ForkerPool(n_parents=2):
        other = ForkerPool(n_parents=1, wait_for_machine=False)
        with pytest.raises(ForkerError, match="measuring"):
            other.__enter__()
