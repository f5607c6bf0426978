"""A run of a plan over a machine without noise."""

from __future__ import annotations

from fakes import Machine, Memory, Told, suite_of

from bench_service.execution import Execution
from bench_service.planning import make_plan


def execute(machine: Machine, *activations, ask=None, **timing):
    memory, told = Memory(), Told()
    plan = make_plan(suite_of(*(activations or ("relu", "gelu", "silu")), **timing))
    execution = Execution(
        plan, "uid", memory, ask or machine.ask, told, seed=1, clock=machine.seconds
    )
    return execution.execute(), memory, told, execution


def n_children(memory: Memory) -> int:
    return len({(group, process_ix) for group, process_ix, _, _ in memory.parts})
