"""The recorder on both databases: whole or nothing, once, and never after the end."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slices import DIGITS, trained
from sqlalchemy import func, select

from bench_service.record import ActivationFacts, CiBenchmark, RecordedChild, Recorder, RunHeader
from bench_service.result import (
    CaseOutcome,
    ChildResult,
    Conditions,
    EntryBlocks,
    Role,
    RunStatus,
    Status,
    TimingCase,
)
from db import queries
from db.errors import ClosedRunError, ReadOnlyStoreError, RefusedValueError, UnknownRunError
from db.session import open_store
from db.tables import Base, Run, TimingBlock, TimingPart

GROUPS = [Conditions("cpu-eager", "forward", "float32", numel) for numel in (1024, 65_536)]
LABELS = {"gelu": Role.CASE, "elu(alpha=2)": Role.CASE, "copy": Role.COPY}
HEADER = RunHeader(suite="quick", suite_document={"a": [1]}, hardware={}, software={})
ARRAYS = EntryBlocks.array_names()
EDGES = [np.iinfo(np.int64).min, np.iinfo(np.int64).max, 0, -1, 127, 128, 2**31]


def cases_of(group):
    return {
        "gelu": TimingCase("gelu", group),
        "elu(alpha=2)": TimingCase("elu", group, (("alpha", 2.0),)),
    }


def entry(label="gelu", numbers=(5, 6), n_calls=3):
    array = np.array(numbers, dtype=np.int64)
    return EntryBlocks(label, LABELS[label], n_calls, **dict.fromkeys(ARRAYS, array))


def child(group=GROUPS[0], process_ix=0, part=0, *, is_last=True, blocks=None, **changes):
    blocks = (entry(), entry("copy")) if blocks is None else blocks
    values = {"seed": 1, "started_at_us": 1_700_000_000_000_001, "status": "ok", "reason": ""}
    return ChildResult(
        group.fingerprint, process_ix, part, is_last, **values | changes, blocks=tuple(blocks)
    )


def give(recorder, uid, result, group=GROUPS[0]):
    return recorder.child(uid, result, cases_of(group))


@pytest.fixture
def recorder(store):
    return Recorder(store)


@pytest.fixture
def uid(recorder):
    return recorder.begin_run(HEADER)


def count(store, table):
    with store.transaction(reads_only=True) as connection:
        return connection.scalar(select(func.count()).select_from(table))


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


def test_a_run_is_found_as_it_began(recorder, store):
    began = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    header = replace(
        HEADER, label="mine", trigger="api", seed=2**62, n_planned=7, engine_version="0.1.0",
        code={"sha": "abc", "dirty": True}, started_at=began, hardware={"cpu": "Zen 4"},
        software={"packages": {"torch": "2.13.0"}}, hardware_label="a box", state={"load": 0.5},
        idempotency_key="k",
    )  # fmt: skip
    uid = recorder.begin_run(header)
    found = queries.run_header(store, uid)
    names = (
        "suite", "suite_document", "label", "trigger", "seed", "n_planned", "code",
        "engine_version", "started_at", "hardware_label", "state", "idempotency_key",
    )  # fmt: skip
    assert {name: found[name] for name in names} == {name: getattr(header, name) for name in names}
    # No process said that it measures it.
    assert (found["status"], found["finished_at"]) == ("interrupted", None)
    assert found["torch_version"] == "2.13.0"
    environment = {"hardware": header.hardware, "software": header.software}
    assert queries.environment(store, uid) == environment
    assert recorder.suite_document(uid) == header.suite_document


def test_runs_in_one_environment_share_it(recorder, store):
    for _ in range(3):
        recorder.begin_run(HEADER)
    assert queries.hardware(store).n_runs.tolist() == [3]


def test_ids_sort_by_the_time_at_which_runs_began(recorder):
    moments = [datetime(year, 6, 1, tzinfo=UTC) for year in (2025, 2026, 2040, 2058)]
    uids = [recorder.begin_run(replace(HEADER, started_at=moment)) for moment in moments]
    assert uids == sorted(uids)
    assert {len(uid) for uid in uids} == {10}


def test_an_id_that_is_taken_is_drawn_again(recorder, monkeypatch):
    drawn = iter(["aaaaaaaaaa", "aaaaaaaaaa", "bbbbbbbbbb"])
    monkeypatch.setattr("bench_service.record.recorder.new_uid", lambda moment: next(drawn))
    assert [recorder.begin_run(HEADER) for _ in range(2)] == ["aaaaaaaaaa", "bbbbbbbbbb"]


def test_the_same_request_twice_is_one_run(recorder, store):
    header = replace(HEADER, idempotency_key="job-7")
    first = recorder.begin_run(header)
    recorder.close_run(first, RunStatus.DONE)
    assert recorder.begin_run(header) == first
    assert recorder.begin_run(HEADER) != recorder.begin_run(HEADER)
    assert count(store, Run) == 3


@pytest.mark.parametrize("wrong", [{"label": "latest"}, {"trigger": "cron"}, {"seed": 2**63}])
def test_a_header_that_can_not_be_stored_begins_no_run(recorder, store, wrong):
    with pytest.raises(RefusedValueError):
        recorder.begin_run(replace(HEADER, **wrong))
    assert count(store, Run) == 0


def test_an_outcome_comes_back_and_the_newest_word_holds(recorder, store, uid):
    case = cases_of(GROUPS[0])["elu(alpha=2)"]
    recorder.outcome(uid, CaseOutcome(case, Role.CASE, Status.FAILED, "too slow", 0))
    recorder.outcome(uid, CaseOutcome(case, Role.CASE, Status.OK, "", 9, 4.0, {"time": 1.5}))
    recorder.outcome(uid, CaseOutcome(TimingCase("copy", GROUPS[0]), Role.COPY, Status.OK))
    rows = queries.timing_outcomes(store, uid)
    row = rows.iloc[0]
    assert (row.case, row.group) == (case.fingerprint, GROUPS[0].fingerprint)
    assert (row.label, row.activation, row.params) == ("elu(alpha=2)", "elu", {"alpha": 2.0})
    assert (row.status, row.reason, row.n_calls, row.facts) == ("ok", "", 9, {"time": 1.5})
    assert (row.numel, row.backend, row.threads, row.saved_bytes_per_element) == (
        1024, "cpu-eager", 1, 4.0,
    )  # fmt: skip
    assert rows.label.tolist() == ["elu(alpha=2)", "copy"]
    assert recorder.recorded_outcomes(uid) == {
        (case.fingerprint, "case"): "ok",
        (TimingCase("copy", GROUPS[0]).fingerprint, "copy"): "ok",
    }


def test_many_outcomes_are_stored_together_or_not_at_all(recorder, store, uid):
    cases = [TimingCase(f"a{i}", GROUPS[i % 2]) for i in range(1203)]
    outcomes = [CaseOutcome(case, Role.CASE, Status.OK) for case in cases]
    recorder.outcomes(uid, [])
    recorder.outcomes(uid, outcomes)
    assert queries.timing_outcomes(store, uid).activation.tolist() == [c.activation for c in cases]
    wrong = CaseOutcome(cases[0], Role.CASE, Status.OK, saved_bytes_per_element=math.nan)
    other = recorder.begin_run(HEADER)
    with pytest.raises(RefusedValueError):
        recorder.outcomes(other, [*outcomes, wrong])
    assert recorder.recorded_outcomes(other) == {}


def test_an_outcome_points_to_the_activation_that_was_described(recorder, store, uid):
    facts = ActivationFacts(
        name="gelu", family="f", shape_class="s", formula="x Φ(x)", latex="l", source="s"
    )
    newer = replace(facts, version=2, parameters={"k": 1.0})
    recorder.activations([facts, replace(facts, name="relu")])
    recorder.activations([replace(facts, formula="x·Φ(x)")])  # a better text of the same version
    Recorder(recorder._store).activations([newer])
    gelu, relu, mine = (TimingCase(name, GROUPS[0]) for name in ("gelu", "relu", "mine"))
    outcomes = [CaseOutcome(case, Role.CASE, Status.OK) for case in (gelu, relu, mine)]
    recorder.outcomes(uid, [*outcomes, CaseOutcome(relu, Role.COPY, Status.OK)])
    versions = queries.timing_outcomes(store, uid).activation_version
    assert versions.fillna(0).tolist() == [1, 1, 0, 0]

    another = Recorder(recorder._store)  # which described nothing: the newest version it is
    second = another.begin_run(HEADER)
    another.outcomes(second, outcomes)
    assert queries.timing_outcomes(store, second).activation_version.fillna(0).tolist() == [2, 1, 0]
    listed = queries.activations(store)
    assert listed.name.tolist() == ["gelu", "gelu", "relu"]
    assert listed.formula.tolist() == ["x·Φ(x)", "x Φ(x)", "x Φ(x)"]
    assert listed.params[1] == {"k": 1.0}


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


def every_way_to_write(recorder, uid):
    return {
        "outcome": lambda: recorder.outcome(
            uid, CaseOutcome(TimingCase("gelu", GROUPS[0]), Role.CASE, Status.OK)
        ),
        "child": lambda: give(recorder, uid, child(process_ix=5)),
        "slices": lambda: recorder.slices(uid, [trained()]),
        "ci": lambda: recorder.ci_benchmarks(uid, [benchmark()]),
        "close": lambda: recorder.close_run(uid, RunStatus.DONE),
    }


def benchmark():
    return CiBenchmark(
        name="a", fullname="t::a", group_name="g", parameters={"n": 1}, extra_info={"x": None},
        n_rounds=3, iterations=2, times_ns=np.array([1.5, math.inf]), stats={"median": 1.5},
    )  # fmt: skip


@pytest.mark.parametrize("status", ["done", "partial", "failed", "interrupted"])
@pytest.mark.parametrize("way", ["outcome", "child", "slices", "ci", "close"])
def test_what_has_ended_is_never_changed(recorder, store, uid, status, way):
    recorder.workloads([DIGITS])
    give(recorder, uid, child())
    recorder.close_run(uid, status)
    before = queries.run_header(store, uid)
    with pytest.raises(ClosedRunError, match=status):
        every_way_to_write(recorder, uid)[way]()
    assert queries.run_header(store, uid) == before
    assert before["finished_at"] >= before["started_at"]


@pytest.mark.parametrize("way", ["outcome", "child", "slices", "ci", "close"])
def test_nothing_is_written_for_a_run_that_is_not_there(recorder, way):
    recorder.workloads([DIGITS])
    with pytest.raises(UnknownRunError):
        every_way_to_write(recorder, "none")[way]()


def test_a_run_that_is_not_done_can_be_taken_up_again(recorder, store, uid):
    give(recorder, uid, child(is_last=False))
    for status in ("interrupted", "partial", "failed"):
        recorder.close_run(uid, status)
        recorder.reopen_run(uid)
        recorder.reopen_run(uid)
        assert queries.run_header(store, uid)["finished_at"] is None
    give(recorder, uid, child(part=1))
    recorder.close_run(uid, "done")
    with pytest.raises(ClosedRunError, match="done"):
        recorder.reopen_run(uid)
    assert recorder.recorded_children(uid)[GROUPS[0].fingerprint][0] == RecordedChild(4, 2, True)


def test_a_run_does_not_end_as_running(recorder, uid):
    with pytest.raises(RefusedValueError):
        recorder.close_run(uid, "running")
    with pytest.raises(RefusedValueError):
        recorder.close_run(uid, "lost")


def test_a_benchmark_of_ci_comes_back(recorder, store, uid):
    recorder.ci_benchmarks(uid, [])
    recorder.ci_benchmarks(uid, [benchmark()])
    row = queries.ci_benchmarks(store, uid).iloc[0]
    assert row.times_ns.tolist() == [1.5, math.inf]
    assert (row.n_rounds, row.iterations, row.stats) == (3, 2, {"median": 1.5})
    assert (row.group_name, row.params, row.extra_info) == ("g", {"n": 1}, {"x": None})


def test_a_benchmark_with_a_number_that_is_none_is_refused_with_its_whole_session(
    recorder, store, uid
):
    wrong = replace(benchmark(), fullname="t::b", stats={"iqr": math.nan})
    with pytest.raises(RefusedValueError):
        recorder.ci_benchmarks(uid, [benchmark(), wrong])
    assert len(queries.ci_benchmarks(store, uid)) == 0


def test_no_table_is_left_that_nothing_fills(recorder, store, uid):
    facts = ActivationFacts(
        name="gelu", family="f", shape_class="s", formula="f", latex="l", source="s"
    )
    recorder.activations([facts])
    recorder.workloads([DIGITS])
    for way in every_way_to_write(recorder, uid).values():
        way()
    assert [table.name for table in Base.metadata.sorted_tables if not count(store, table)] == []


def test_a_store_opened_for_reading_gets_no_recorder(url):
    open_store(url).close()
    with open_store(url, read_only=True) as store, pytest.raises(ReadOnlyStoreError):
        Recorder(store)
