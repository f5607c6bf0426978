"""Parts of children: stored whole or not at all, and once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from handed_over import (
    ARRAYS,
    GROUPS,
    HEADER,
    LABELS,
    child,
    count,
    entry,
    give,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench_service.record import RecordedChild
from bench_service.result import (
    EntryBlocks,
    Role,
)
from db import queries
from db.errors import RefusedValueError
from db.tables import TimingBlock, TimingPart

EDGES = [np.iinfo(np.int64).min, np.iinfo(np.int64).max, 0, -1, 127, 128, 2**31]


numbers = st.integers(-9, 300) | st.sampled_from(EDGES) | st.integers(EDGES[0], EDGES[1])


@st.composite
def parts(draw):
    group = draw(st.sampled_from(GROUPS))
    labels = draw(st.lists(st.sampled_from([*LABELS]), unique=True))
    n_rounds = draw(st.integers(0, 5))
    rows = st.lists(numbers, min_size=n_rounds, max_size=n_rounds)
    blocks = []
    for label in labels:
        arrays = {name: np.array(draw(rows), dtype=np.int64) for name in ARRAYS}
        blocks.append(EntryBlocks(label, LABELS[label], 3, **arrays))
    facts = {"steal": draw(st.integers(0, 9))}
    which = {"process_ix": draw(st.integers(0, 2)), "part": draw(st.integers(0, 2))}
    result = child(group, **which, is_last=draw(st.booleans()), blocks=blocks, facts=facts)
    return group, result


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(parts(), max_size=12))
def test_any_sequence_of_parts_is_stored_as_a_dictionary_would(recorder, store, handed_over):
    uid = recorder.begin_run(HEADER)
    model = {}
    for group, result in handed_over:
        key = (result.group, result.process_ix, result.part)
        assert give(recorder, uid, result, group) == (key not in model)
        model.setdefault(key, result)

    expected = {}
    for (group, process_ix, _), result in sorted(model.items(), key=lambda item: item[0]):
        for block in result.blocks:
            arrays = expected.setdefault((group, process_ix, block.label), {a: [] for a in ARRAYS})
            for name in ARRAYS:
                arrays[name] += getattr(block, name).tolist()
    found = {
        (row.group, row.process_ix, row.label): {a: getattr(row, a).tolist() for a in ARRAYS}
        for row in queries.timing_blocks(store, uid).itertuples()
    }
    assert found == expected

    children = {}
    for (group, process_ix, _), result in sorted(model.items(), key=lambda item: item[0]):
        children.setdefault((group, process_ix), []).append(result)
    n_rounds = {
        key: sum(len(part.blocks[0].wall_ns) if part.blocks else 0 for part in of_child)
        for key, of_child in children.items()
    }
    recorded = recorder.recorded_children(uid)
    for (group, process_ix), of_child in children.items():
        is_complete = any(part.is_last for part in of_child)
        assert recorded[group][process_ix] == RecordedChild(
            n_rounds[group, process_ix], len(of_child), is_complete
        )
    processes = queries.timing_processes(store, uid)
    assert processes.n_rounds.tolist() == list(n_rounds.values())
    assert processes.facts.tolist() == [parts[-1].facts for parts in children.values()]


def test_a_child_that_was_killed_keeps_its_parts(recorder, store, uid):
    give(recorder, uid, child(is_last=False))
    give(recorder, uid, child(part=1, is_last=False))
    process = queries.timing_processes(store, uid).iloc[0]
    assert (process.n_parts, process.n_rounds, process.is_complete) == (2, 4, False)
    assert process.started_at.value // 1000 == 1_700_000_000_000_001


def test_a_child_that_measured_nothing_leaves_its_reason(recorder, store, uid):
    result = child(blocks=(), status="failed", reason="killed by signal 9")
    assert give(recorder, uid, result)
    assert not give(recorder, uid, result)
    process = queries.timing_processes(store, uid).iloc[0]
    assert (process.status, process.reason, process.n_rounds) == ("failed", "killed by signal 9", 0)


def uneven():
    return replace(entry(), cpu_ns=np.zeros(1, dtype=np.int64))


@pytest.mark.parametrize(
    "blocks",
    [
        (entry("copy"), uneven()),
        (entry("copy"), entry("copy")),
        (entry("copy"), replace(entry("copy"), label="unknown", role=Role.CASE)),
        (entry("copy"), replace(entry(), role="witness")),
        (entry("copy"), replace(entry(), wall_ns=np.array([0.5, 1.5]))),
    ],
    ids=["uneven", "twice", "no case", "no role", "floats"],
)
def test_a_part_that_can_not_be_stored_is_refused_whole(recorder, store, uid, blocks):
    with pytest.raises(RefusedValueError):
        give(recorder, uid, child(blocks=blocks))
    assert count(store, TimingPart) == count(store, TimingBlock) == 0
    assert give(recorder, uid, child())
