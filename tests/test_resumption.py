"""A run that is cut off anywhere, again and again, ends with what it would have had anyway."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes import Machine, Told, failing, raising, suite_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench_service import planning
from bench_service.execution import Execution
from bench_service.planning import make_plan
from bench_service.record import Recorder, RunHeader
from bench_service.result import CaseOutcome, Role, RunStatus, Status
from bench_service.resumption import resumed_groups
from db import queries
from db.session import open_store

SEED = 7
# Calls of 50 ms: a block is one call, and every round is a part of its own.
SLOW_NS = 50_000_000
SUITE = suite_of(
    "relu", "gelu", numels=[64, 128], processes=3, max_processes=3, max_rounds=4, child_ms=600_000,
    seconds=1e6,
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with open_store(tmp_path_factory.mktemp("store") / "runs.db") as store:
        yield store


class Bomb:
    """Goes off the n-th time that it is touched."""

    def __init__(self, n: int) -> None:
        self.left = n

    def touch(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


class Bombed:
    """A recorder that is interrupted before or after it has stored something."""

    def __init__(self, recorder, bomb) -> None:
        self.recorder, self.bomb = recorder, bomb

    def outcomes(self, uid, outcomes):
        self.bomb.touch()
        self.recorder.outcomes(uid, outcomes)
        self.bomb.touch()

    def child(self, uid, child, cases):
        self.bomb.touch()
        is_new = self.recorder.child(uid, child, cases)
        assert is_new, "no part is measured twice"
        self.bomb.touch()
        return is_new


def machine_of(**more) -> Machine:
    return Machine(costs={"gelu": lambda spec: SLOW_NS + spec.process_ix}, default=SLOW_NS, **more)


def begin(store, suite=SUITE) -> str:
    header = RunHeader(
        suite="test", suite_document=suite.model_dump(mode="json"), hardware={}, software={}
    )
    return Recorder(store).begin_run(header)


def go_on(store, uid, plan=None, bomb=None, machine=None) -> RunStatus:
    plan = plan or make_plan(SUITE)
    machine = machine or machine_of()
    bomb = bomb or Bomb(0)
    machine.before_event = bomb.touch
    recorder = Recorder(store)
    earlier = resumed_groups(store, uid, plan, SEED)
    writer = Bombed(recorder, bomb)
    execution = Execution(
        plan, uid, writer, machine.ask, Told(), SEED, machine.seconds, resumed=earlier
    )
    try:
        status = execution.execute()
    except KeyboardInterrupt:
        status = RunStatus.INTERRUPTED
    recorder.close_run(uid, status)
    return status


def stored(store, uid):
    """Wall times by group, child and label."""
    blocks = queries.timing_blocks(store, uid)
    keys = zip(blocks["group"], blocks["process_ix"], blocks["label"], strict=True)
    return dict(zip(keys, blocks["wall_ns"], strict=True))


@pytest.fixture(scope="module")
def undisturbed(store):
    uid = begin(store)
    assert go_on(store, uid) is RunStatus.DONE
    return stored(store, uid), queries.timing_outcomes(store, uid)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bombs=st.lists(st.integers(1, 140), max_size=3))
def test_nothing_is_lost_or_doubled_wherever_a_run_is_cut_off(store, undisturbed, bombs):
    whole, outcomes = undisturbed
    uid = begin(store)
    n_cuts = 0
    for n in [*bombs, 0]:
        if n_cuts:
            Recorder(store).reopen_run(uid)
        status = go_on(store, uid, bomb=Bomb(n))
        n_cuts += status is RunStatus.INTERRUPTED
        if status is RunStatus.DONE:
            break
    assert status is RunStatus.DONE

    found = stored(store, uid)
    assert {key[:2] for key in found} == {key[:2] for key in whole}, "as many children, no more"
    for (group, process_ix, label), wall_ns in found.items():
        expected = whole[group, process_ix, label]
        assert np.array_equal(wall_ns, expected[: len(wall_ns)]), "a beginning of the same rounds"
    processes = queries.timing_processes(store, uid)
    assert (~processes.is_complete).sum() <= n_cuts, "each cut costs at most the child at work"
    for (group, process_ix), lengths in _lengths(found).items():
        assert len(set(lengths)) == 1, (group, process_ix)
    again = queries.timing_outcomes(store, uid)
    columns = ["case", "role", "status", "n_calls"]
    same = [frame[columns].sort_values(columns).to_numpy().tolist() for frame in (outcomes, again)]
    assert same[0] == same[1]


def _lengths(found):
    lengths: dict[tuple[str, int], list[int]] = {}
    for (group, process_ix, _), wall_ns in found.items():
        lengths.setdefault((group, process_ix), []).append(len(wall_ns))
    return lengths


def test_only_what_is_missing_is_measured_with_the_frozen_block_sizes(store):
    uid = begin(store)
    assert go_on(store, uid, bomb=Bomb(60)) is RunStatus.INTERRUPTED
    before = stored(store, uid)
    Recorder(store).reopen_run(uid)
    # Since then the machine has become a hundred times as fast: calibrated anew, blocks would grow.
    fast = Machine(default=SLOW_NS // 100)
    assert go_on(store, uid, machine=fast) is RunStatus.DONE
    probed = [spec.conditions.numel for task, spec in fast.asked if task == "probe"]
    assert probed == []
    measured = [spec for task, spec in fast.asked if task == "measure"]
    assert {entry.n_calls for spec in measured for entry in spec.entries} == {1}
    children = {key[:2] for key in before}
    asked = [(spec.fingerprint, spec.process_ix) for spec in measured]
    assert len(asked) == len(set(asked)) == 6 - len(children)
    assert not children & set(asked)


def test_a_finished_run_has_nothing_missing(store, undisturbed):
    uid = begin(store)
    assert go_on(store, uid) is RunStatus.DONE
    states = resumed_groups(store, uid, make_plan(SUITE), SEED)
    assert all(state.is_finished for state in states.values())
    assert [state.next_process for state in states.values()] == [3, 3]


@pytest.mark.parametrize(("task", "n"), [("probe", 80), ("measure", 160)])
def test_an_entry_that_failed_stays_out_and_the_run_stays_partial(store, task, n):
    uid = begin(store)
    machine = machine_of(misdeeds={"gelu": failing(task, "boom", "crashed")})
    assert go_on(store, uid, bomb=Bomb(n), machine=machine) is RunStatus.INTERRUPTED
    Recorder(store).reopen_run(uid)
    again = machine_of()
    assert go_on(store, uid, machine=again) is RunStatus.PARTIAL
    labels = {entry.label for asked, spec in again.asked for entry in spec.entries}
    assert "gelu" not in labels
    outcomes = queries.timing_outcomes(store, uid)
    of_gelu = outcomes[outcomes.activation == "gelu"]
    assert set(of_gelu.status) == {"failed"}
    assert set(of_gelu.reason) == {"crashed: boom"}


def test_a_child_of_which_no_block_was_stored_keeps_its_number(store):
    """Every entry raised in its set-up: the part is stored and empty."""
    labels = ("relu", "gelu", "relu (reference)", "relu (alias)", "copy", "call floor")
    uid = begin(store)
    machine = machine_of(misdeeds={label: raising("measure", "no") for label in labels})
    go_on(store, uid, machine=machine)
    Recorder(store).reopen_run(uid)
    states = resumed_groups(store, uid, make_plan(SUITE), SEED)
    assert {state.next_process for state in states.values()} == {1}


def test_a_group_that_was_skipped_for_want_of_memory_is_measured_when_there_is_room(
    store, monkeypatch
):
    uid = begin(store)
    plan = make_plan(SUITE)
    monkeypatch.setattr(planning, "reason_to_skip", lambda *_: "no room")
    assert go_on(store, uid, make_plan(SUITE), bomb=Bomb(2)) is RunStatus.INTERRUPTED
    assert set(queries.timing_outcomes(store, uid).status) == {"skipped"}
    Recorder(store).reopen_run(uid)
    assert go_on(store, uid, plan) is RunStatus.DONE
    outcomes = queries.timing_outcomes(store, uid)
    assert set(outcomes.status) == {"ok"}


def test_what_was_measured_stays_where_there_is_no_room_any_more(store, monkeypatch):
    uid = begin(store)
    assert go_on(store, uid, bomb=Bomb(60)) is RunStatus.INTERRUPTED
    before, outcomes = stored(store, uid), queries.timing_outcomes(store, uid)
    Recorder(store).reopen_run(uid)
    monkeypatch.setattr(planning, "reason_to_skip", lambda *_: "no room")
    assert go_on(store, uid, make_plan(SUITE)) is RunStatus.DONE
    assert stored(store, uid).keys() == before.keys()
    assert set(queries.timing_outcomes(store, uid).status) == {"ok"}
    assert len(queries.timing_outcomes(store, uid)) == len(outcomes)


def test_a_group_whose_probe_was_not_stored_is_probed_again(store):
    uid = begin(store)
    assert go_on(store, uid, bomb=Bomb(9)) is RunStatus.INTERRUPTED
    Recorder(store).reopen_run(uid)
    machine = machine_of()
    assert go_on(store, uid, machine=machine) is RunStatus.DONE
    assert 1 <= [task for task, _ in machine.asked].count("probe") <= 2


def test_the_outcome_that_came_last_holds(store):
    uid = begin(store)
    (case, *_) = make_plan(SUITE).cases
    recorder = Recorder(store)
    recorder.outcome(uid, CaseOutcome(case, Role.CASE, Status.SKIPPED, "no room"))
    recorder.outcome(uid, replace(CaseOutcome(case, Role.CASE, Status.OK), n_calls=3))
    (row,) = queries.timing_outcomes(store, uid).to_dict("records")
    assert (row["status"], row["n_calls"]) == ("ok", 3)
