"""Outcomes of cases, and benchmarks of test sessions: all or none, and the newest word holds."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from handed_over import (
    GROUPS,
    HEADER,
    benchmark,
    cases_of,
)

from bench_service.record import ActivationFacts, Recorder
from bench_service.result import (
    CaseOutcome,
    Role,
    Status,
    TimingCase,
)
from db import queries
from db.errors import RefusedValueError


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
