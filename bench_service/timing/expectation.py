"""About how long timing takes, told before anything is measured."""

from __future__ import annotations

from collections.abc import Iterable

from bench_service.result import Conditions, Pass
from bench_service.suite import TimingSuite
from bench_service.timing.calibrate import calls_per_block
from bench_service.timing.fitting import fitting_rounds

# Measured on two cores of 2.6 GHz (docs/measuring.md); other machines differ by their speed.
SECONDS_TO_IMPORT = 2.8
"""CPU time until this process has planned and opened the store."""
SECONDS_A_PARENT = 1.15
SECONDS_A_PROBE = 0.008
"""Checking and calibrating an entry."""
SECONDS_TO_COMPILE = 1.0
SECONDS_BESIDE_ROUNDS = 0.04
"""Forking a child, building its entries, handing over, storing, clearing away."""
SECONDS_TO_ANALYSE = 0.5

CALL_NS = 1_000
"""A short call: the price of calling."""
STEP_NS = 5e6
"""A training step of a small model."""
# Of eager float32 elementwise functions, the mean over the catalogue at 1,048,576 elements.
NS_PER_ELEMENT = {Pass.FORWARD: 0.9, Pass.BACKWARD: 1.3, Pass.FORWARD_BACKWARD: 2.4}


def seconds_to_time(
    groups: Iterable[tuple[Conditions, int]], timing: TimingSuite, *, n_cores: int
) -> float:
    """Seconds from the start of a run to its result, never much more than its budget.

    ``groups`` has the conditions and the number of entries of each group, those beside the cases
    among them. Groups are taken to stop at their first look.
    """
    n_parents = min(timing.parents, timing.processes)
    importing = SECONDS_TO_IMPORT + n_parents * SECONDS_A_PARENT
    starting = max(SECONDS_TO_IMPORT, importing / n_cores)
    probing = children = 0.0
    for conditions, n_entries in groups:
        compiling = SECONDS_TO_COMPILE if conditions.backend.endswith("-compile") else 0.0
        probing += n_entries * (SECONDS_A_PROBE + compiling)
        rounds = seconds_of_rounds(conditions, n_entries, timing)
        children += timing.processes * (rounds + SECONDS_BESIDE_ROUNDS)
    return starting + probing + min(children, timing.seconds) + SECONDS_TO_ANALYSE


def seconds_of_rounds(conditions: Conditions, n_entries: int, timing: TimingSuite) -> float:
    """Seconds of one child's rounds, all entries taken for equal."""
    if conditions.pass_name == Pass.STEP:
        call_ns = STEP_NS
    else:
        call_ns = CALL_NS + NS_PER_ELEMENT[Pass(conditions.pass_name)] * conditions.numel
    block = (calls_per_block(call_ns), call_ns)
    return fitting_rounds([block] * n_entries, timing).total_ns / 1e9
