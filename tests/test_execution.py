"""A run over a machine without noise: who fails, who goes on, when it ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fakes import Machine, Memory, Told, failing, raising, suite_of

from bench_service.errors import ForkerError
from bench_service.execution import Execution, describe
from bench_service.planning import make_plan
from bench_service.result import Role, RunStatus
from bench_service.timing.schedule import Limits
from bench_service.timing.spec import ALIAS_LABEL, REFERENCE_LABEL


def execute(machine: Machine, *activations, ask=None, **timing):
    memory, told = Memory(), Told()
    plan = make_plan(suite_of(*(activations or ("relu", "gelu", "silu")), **timing))
    execution = Execution(
        plan, "uid", memory, ask or machine.ask, told, seed=1, clock=machine.seconds
    )
    return execution.execute(), memory, told, execution


def n_children(memory: Memory) -> int:
    return len({(group, process_ix) for group, process_ix, _, _ in memory.parts})


def test_every_group_gets_its_children_and_every_case_its_outcome():
    status, memory, told, _ = execute(Machine(), numels=[64, 128, 256], processes=5)
    assert status is RunStatus.DONE
    assert set(memory.status.values()) == {("ok", "")}
    assert n_children(memory) == 3 * 5
    assert told.n_children == 15
    assert told.left[-1] == 0
    assert told.failures == []


def test_the_children_of_all_groups_take_turns_through_the_whole_run():
    _, memory, _, _ = execute(Machine(), numels=[64, 128, 256], processes=8)
    turns = np.array([group for group, _, _, is_last in memory.parts if is_last]).reshape(8, 3)
    assert all(len(set(turn)) == 3 for turn in turns)
    assert len({tuple(turn) for turn in turns}) > 1, "the order within a turn is drawn anew"


def test_the_same_seed_gives_the_same_run():
    runs = [execute(Machine(), numels=[64, 128])[1].parts for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("status", ["crashed", "timeout", "failed"])
@pytest.mark.parametrize("task", ["probe", "measure"])
def test_an_entry_that_ends_its_child_fails_alone_and_the_group_goes_on(task, status):
    machine = Machine(misdeeds={"gelu": failing(task, "boom", status)})
    ended, memory, told, _ = execute(machine)
    assert ended is RunStatus.PARTIAL
    assert memory.status["relu"] == memory.status["silu"] == ("ok", "")
    assert memory.status["gelu"] == ("failed", f"{status}: boom")
    assert told.failures == [("gelu", f"{status}: boom")]
    clean = [c for c in memory.children if c.is_last]
    assert len(clean) == 4, "a child that failed is made up for"
    assert all("gelu" not in [block.label for block in child.blocks] for child in clean)


@pytest.mark.parametrize("task", ["probe", "measure"])
def test_an_entry_that_raises_fails_alone(task):
    misdeed = raising(task, "ValueError: no")
    ended, memory, _, _ = execute(Machine(misdeeds={"gelu": misdeed}))
    assert ended is RunStatus.PARTIAL
    assert memory.status["gelu"] == ("failed", "ValueError: no")
    assert memory.status["silu"] == ("ok", "")
    assert n_children(memory) == 4


@pytest.mark.parametrize("task", ["probe", "measure"])
def test_who_was_at_work_when_another_crashed_the_child_is_not_blamed(task):
    """Silu brings the process down while gelu is at work, as a thread of its own would."""

    def spoils(asked, spec):
        is_there = "silu" in [entry.label for entry in spec.entries]
        together = len(spec.entries) > 1
        return failing(task, "killed", "crashed")(asked, spec) if is_there and together else None

    def crashes_alone(asked, spec):
        return failing(task, "killed", "crashed", alone=True)(asked, spec)

    machine = Machine(misdeeds={"gelu": spoils, "silu": crashes_alone})
    ended, memory, _, _ = execute(machine, "silu", "relu", "gelu")
    assert memory.status["gelu"] == ("ok", "")
    assert memory.status["relu"] == ("ok", "")
    if task == "measure":
        assert memory.status["silu"] == ("failed", "crashed: killed")
        assert ended is RunStatus.PARTIAL


def test_memory_that_ran_out_is_blamed_on_who_runs_out_of_it_alone():
    def short(asked, spec):
        is_there = "silu" in [entry.label for entry in spec.entries]
        raised = {"event": "failed", "reason": "RuntimeError: can't allocate memory"}
        return raised if asked == "measure" and is_there and len(spec.entries) > 1 else None

    machine = Machine(
        misdeeds={"gelu": short, "silu": failing("measure", "eaten", "failed", alone=True)}
    )
    _, memory, _, _ = execute(machine)
    assert memory.status["gelu"] == ("ok", "")
    assert memory.status["silu"] == ("failed", "failed: eaten")


def test_an_entry_that_crashes_only_now_and_then_goes_when_it_is_blamed_again():
    machine = Machine(misdeeds={"gelu": failing("measure", "sometimes", "crashed", alone=False)})
    _, memory, _, _ = execute(machine)
    assert memory.status["gelu"] == ("failed", "crashed: sometimes")
    assert memory.status["silu"] == ("ok", "")
    assert sum(child.is_last for child in memory.children) == 4


def test_a_child_that_ends_without_a_culprit_is_tried_again_and_three_in_a_row_end_the_group():
    class Broken(Machine):
        def _events(self, task, spec):
            if task == "probe":
                return super()._events(task, spec)
            return iter([{"event": "end", "status": "crashed", "reason": "hm", "culprit": ""}])

    ended, memory, told, _ = execute(Broken(), numels=[64], processes=20)
    assert ended is RunStatus.FAILED
    assert set(memory.status.values()) == {
        ("failed", "The group couldn't be measured: crashed: hm")
    }
    assert len(told.failures) == 3


def test_what_was_measured_before_a_group_broke_down_stays_a_result():
    class BreaksLater(Machine):
        def _events(self, task, spec):
            if task == "measure" and spec.process_ix >= 5:
                return iter([{"event": "end", "status": "crashed", "reason": "hm", "culprit": ""}])
            return super()._events(task, spec)

    ended, memory, told, _ = execute(BreaksLater(), processes=20)
    assert ended is RunStatus.DONE
    assert set(memory.status.values()) == {("ok", "")}
    assert n_children(memory) == 5
    assert told.failures == []


def test_a_case_of_which_no_child_has_a_time_has_failed_when_the_time_is_up():
    class NeverWell(Machine):
        def _events(self, task, spec):
            if task == "probe":
                return super()._events(task, spec)
            self.now_ns += 10**12
            return iter([{"event": "end", "status": "crashed", "reason": "hm", "culprit": ""}])

    ended, memory, _, _ = execute(NeverWell(), seconds=1)
    assert ended is RunStatus.FAILED
    assert set(memory.status.values()) == {("failed", "The group couldn't be measured: time")}


def test_a_probe_without_a_culprit_blames_nobody_and_is_tried_once_more():
    class Flaky(Machine):
        n = 0

        def _events(self, task, spec):
            self.n += 1
            if self.n == 1:
                return iter([{"event": "end", "status": "crashed", "reason": "hm", "culprit": ""}])
            return super()._events(task, spec)

    ended, memory, _, _ = execute(Flaky())
    assert ended is RunStatus.DONE
    assert set(memory.status.values()) == {("ok", "")}


def test_a_set_up_that_always_fails_costs_two_children_and_not_one_for_every_entry():
    class NoSetUp(Machine):
        def _events(self, task, spec):
            return iter([{"event": "end", "status": "failed", "reason": "no", "culprit": ""}])

    machine = NoSetUp()
    ended, memory, _, _ = execute(machine)
    assert ended is RunStatus.FAILED
    assert set(memory.status.values()) == {("failed", "failed: no")}
    assert len(machine.asked) == 2


def test_a_forker_that_goes_away_is_a_failed_child_and_not_the_end_of_the_run():
    machine = Machine()
    left = [0]

    def ask(task, spec, silence_s, *, template=False):
        if task == "measure":
            left[0] += 1
            if left[0] == 2:
                raise ForkerError("It ended.")
                yield
        yield from machine.ask(task, spec, silence_s, template=template)

    ended, memory, _, _ = execute(machine, ask=ask)
    assert ended is RunStatus.DONE
    assert n_children(memory) == 4


def test_without_a_reference_nothing_is_measured_and_every_case_says_why():
    machine = Machine(misdeeds={REFERENCE_LABEL: raising("probe", "no relu")})
    ended, memory, _, _ = execute(machine)
    assert ended is RunStatus.FAILED
    reason = "The reference couldn't be measured: no relu"
    assert set(memory.status.values()) == {("failed", reason)}
    assert [task for task, _ in machine.asked] == ["probe"]


def test_a_reference_that_fails_in_the_first_rounds_fails_the_cases():
    machine = Machine(misdeeds={ALIAS_LABEL: raising("measure", "gone")})
    ended, memory, _, _ = execute(machine)
    assert ended is RunStatus.FAILED
    assert set(memory.status.values()) == {("failed", "The group couldn't be measured: gone")}


def test_entry_and_alias_have_equal_blocks_even_where_they_were_probed_in_different_children():
    """GELU ends the first child between relu's probe and those of the two references."""
    machine = Machine(
        costs={"relu": 100, REFERENCE_LABEL: 200, ALIAS_LABEL: 300},
        misdeeds={"gelu": failing("probe", "boom", "crashed")},
    )
    _, memory, _, _ = execute(machine, "relu", "gelu", "silu")
    keys = [(Role.CASE, "relu"), (Role.REFERENCE, "relu"), (Role.ALIAS, "relu")]
    assert [memory.n_calls[key] for key in keys] == [1500, 1500, 1500]
    blocks = memory.children[0].blocks
    assert {b.n_calls for b in blocks if b.label in ("relu", REFERENCE_LABEL, ALIAS_LABEL)} == {
        1500
    }


def test_block_sizes_are_frozen_through_the_run():
    _, memory, _, _ = execute(Machine(costs={"gelu": lambda spec: 1000 + 100 * spec.process_ix}))
    sizes = [{block.label: block.n_calls for block in child.blocks} for child in memory.children]
    assert all(size == sizes[0] for size in sizes)


def drifting(scale: float):
    """Costs whose logarithm is drawn anew for every child, with that standard deviation."""

    def cost(spec):
        return round(1000 * math.exp(np.random.default_rng(spec.process_ix).normal(0, scale)))

    return cost


def test_a_group_ends_at_the_first_look_that_finds_it_precise():
    _, memory, _, execution = execute(Machine(), processes=8, max_processes=80)
    assert n_children(memory) == 8
    assert [state.why_finished for state in execution.states.values()] == ["precision"]


def test_looks_come_at_fixed_numbers_of_children():
    machine = Machine(costs={"gelu": drifting(0.1)})
    timing = {"processes": 8, "max_processes": 100, "target_half_width": 0.03}
    _, memory, _, execution = execute(machine, **timing)
    n = n_children(memory)
    assert n > 8
    assert (n - 8) % 2 == 0
    (state,) = execution.states.values()
    assert state.why_finished == "precision"
    assert state.widest_half_width() <= 0.03


def test_a_difference_however_significant_ends_nothing():
    """Thirty times as slow with a wide interval: certainly slower, and not precise."""
    machine = Machine(costs={"gelu": lambda spec: 30 * drifting(0.1)(spec)})
    timing = {"processes": 4, "max_processes": 23, "target_half_width": 0.001}
    _, memory, _, execution = execute(machine, **timing)
    assert n_children(memory) == 23
    assert [state.why_finished for state in execution.states.values()] == ["processes"]


def test_an_imprecise_group_goes_on_alone_when_the_others_are_done():
    machine = Machine(
        costs={"gelu": lambda spec: drifting(0.1 * (spec.conditions.numel == 64))(spec)}
    )
    timing = {"numels": [64, 128], "processes": 4, "max_processes": 12, "target_half_width": 0.001}
    _, memory, _, _ = execute(machine, **timing)
    groups = [group for group, _, _, is_last in memory.parts if is_last]
    assert sorted(map(groups.count, set(groups))) == [4, 12]


def test_when_the_time_is_up_every_group_ends_and_says_so():
    machine = Machine(costs={"gelu": drifting(0.5)})
    timing = {"processes": 1000, "max_processes": 1000, "seconds": 0.5, "numels": [64, 128]}
    status, memory, _, execution = execute(machine, **timing)
    assert status is RunStatus.DONE
    assert {state.why_finished for state in execution.states.values()} == {"time"}
    assert 2 <= len(memory.children) < 200
    counts = [state.next_process for state in execution.states.values()]
    assert max(counts) - min(counts) <= 1, "no group pays for the others"


def test_the_limits_of_silence_can_be_set():
    asked = []
    machine = Machine()

    def ask(task, spec, silence_s, *, template=False):
        asked.append((task, silence_s))
        yield from machine.ask(task, spec, silence_s, template=template)

    plan = make_plan(suite_of("gelu", processes=3))
    limits = Limits(probe_s=1.5, measure_s=2.5)
    Execution(plan, "uid", Memory(), ask, Told(), 1, machine.seconds, limits).execute()
    assert set(asked) == {("probe", 1.5), ("measure", 2.5 + 20 * 0.1)}


def test_skipped_cases_are_stored_with_their_reason():
    memory = Memory()
    plan = make_plan(suite_of("gelu", numels=[1 << 40]))
    status = Execution(plan, "uid", memory, Machine().ask, Told(), 1).execute()
    assert status is RunStatus.FAILED
    assert memory.status["gelu"][0] == "skipped"
    assert "GB" in memory.status["gelu"][1]


def test_a_group_is_described_by_what_is_special_about_it():
    plan = make_plan(suite_of("gelu", threads=[2], layouts=["transposed"], inputs=["sorted"]))
    assert describe(plan.groups[0]) == (
        "forward, 1,024 float32, cpu-eager, transposed, sorted, 2 threads"
    )
