"""Groups are probed before any time is taken: who fails there, and what is frozen."""

from __future__ import annotations

from executing import execute
from fakes import Machine, Memory, Told, failing, raising, suite_of

from bench_service.execution import Execution, describe
from bench_service.planning import make_plan
from bench_service.result import Role, RunStatus
from bench_service.timing.schedule import Limits
from bench_service.timing.spec import ALIAS_LABEL, REFERENCE_LABEL


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


def test_without_a_reference_nothing_is_measured_and_every_case_says_why():
    machine = Machine(misdeeds={REFERENCE_LABEL: raising("probe", "no relu")})
    ended, memory, _, _ = execute(machine)
    assert ended is RunStatus.FAILED
    reason = "The reference couldn't be measured: no relu"
    assert set(memory.status.values()) == {("failed", reason)}
    assert [task for task, _ in machine.asked] == ["probe"]


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


def test_skipped_cases_are_stored_with_their_reason():
    memory = Memory()
    plan = make_plan(suite_of("gelu", numels=[1 << 40]))
    status = Execution(plan, "uid", memory, Machine().ask, Told(), 1).execute()
    assert status is RunStatus.FAILED
    assert memory.status["gelu"][0] == "skipped"
    assert "GB" in memory.status["gelu"][1]


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


def test_a_group_is_described_by_what_is_special_about_it():
    plan = make_plan(suite_of("gelu", threads=[2], layouts=["transposed"], inputs=["sorted"]))
    assert describe(plan.groups[0]) == (
        "forward, 1,024 float32, cpu-eager, transposed, sorted, 2 threads"
    )
