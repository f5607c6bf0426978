"""Children of all groups take turns; who fails while they do, and who goes on."""

from __future__ import annotations

import numpy as np
import pytest
from executing import execute, n_children
from fakes import Machine, failing, raising

from bench_service.errors import ForkerError
from bench_service.result import RunStatus
from bench_service.timing.spec import ALIAS_LABEL


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


def test_a_reference_that_fails_in_the_first_rounds_fails_the_cases():
    machine = Machine(misdeeds={ALIAS_LABEL: raising("measure", "gone")})
    ended, memory, _, _ = execute(machine)
    assert ended is RunStatus.FAILED
    assert set(memory.status.values()) == {("failed", "The group couldn't be measured: gone")}
