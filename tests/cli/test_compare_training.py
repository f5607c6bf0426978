from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from slices import DIGITS, diverged, trained

from bench_service.record import Recorder
from bench_service.result import RunStatus
from db.session import open_store

SEEDS = range(7)


def record(header, path, label, slices, workload=DIGITS):
    """A run that only trained."""
    with open_store(path) as store:
        recorder = Recorder(store)
        uid = recorder.begin_run(header(label=label))
        recorder.workloads([workload])
        recorder.slices(uid, slices)
        finished_at = header().started_at + timedelta(seconds=9)
        recorder.close_run(uid, RunStatus.DONE, finished_at=finished_at)


def both(score=0.9, **changes):
    """ReLU at 0.9 and GELU at another score, with both rates, a little more with every seed."""
    return [
        trained(activation=name, seed=seed, lr_role=role, test_accuracy=own + seed / 1000, **more)
        for name, own, more in (("relu", 0.9, {}), ("gelu", score, changes))
        for role in ("eval", "default")
        for seed in SEEDS
    ]


@pytest.fixture
def compared(call, db, recorded):
    """How to compare two runs that only trained: text, and the document."""

    def compare(base, head, **more):
        record(recorded.header, db, "before", base)
        record(recorded.header, db, "after", head, **more)
        said = call("compare", "before", "after", "--db", db)
        assert (said.status, said.err) == (0, "")
        return said.out, call("compare", "before", "after", "--json", "--db", db).document

    return compare


def test_what_changed_is_a_table_and_what_did_not_a_line(compared):
    said, document = compared(both(), both(0.95))
    assert "digits_mlp at tuned rates, accuracy on test data\n  gelu" in said
    assert "+0.05 [+0.05, +0.05]" in said
    assert said.count("better") == 2
    assert (
        "digits_mlp at the default rate, accuracy on test data: identical to the last bit with "
        "the same seeds: relu\n"
    ) in said
    assert "No case was measured" not in said
    rows = {(row["activation"], row["lr_role"]): row for row in document["training_changes"]}
    assert len(rows) == 4
    gelu = rows["gelu", "eval"]
    assert gelu["difference"] == pytest.approx(0.05)
    assert gelu["p_value"] == pytest.approx(2 / 128)
    assert gelu["p_holm"] == pytest.approx(4 / 128)  # the default rate is the other of the family
    assert gelu["verdict"] == "better"
    assert rows["relu", "eval"]["verdict"] == "identical"
    assert rows["relu", "eval"]["p_value"] is None
    assert document["cases"] == []


def test_divergence_of_both_runs_stands_beside_the_scores(compared):
    head = [*both()[:-1], diverged(activation="gelu", lr_role="default", seed=6)]
    said, document = compared(both(), head)
    assert "0/7 -> 1/7" in said
    (row,) = [row for row in document["training_changes"] if not row["is_identical"]]
    assert (row["base_n_diverged"], row["head_n_diverged"]) == (0, 1)


def test_another_version_of_a_workload_is_not_compared_and_says_so_once(compared):
    newer = [replace(o, case=replace(o.case, workload_version=3)) for o in both(0.95)]
    said, document = compared(both(), newer, workload=replace(DIGITS, version=3))
    assert (
        "digits_mlp at tuned rates: not comparable: version 2 in base and 3 in head (relu, gelu)\n"
    ) in said
    assert {row["verdict"] for row in document["training_changes"]} == {None}
    assert "change of score" not in said


def test_another_tuned_rate_is_said(compared):
    said, document = compared(both(), both(0.95, lr=0.0316))
    assert "digits_mlp at tuned rates: tuned rate 0.01 in base and 0.0316 in head (gelu)" in said
    rates = {(row["base_lr"], row["head_lr"]) for row in document["training_changes"]}
    assert rates == {(0.01, 0.01), (0.01, 0.0316)}


def test_what_one_run_alone_has_trained_is_counted(compared):
    said, document = compared(both(), both()[:7])
    assert "3 trainings only in base." in said
    assert document["n_trainings_only_in_base"] == 3
    assert document["n_trainings_only_in_head"] == 0


def test_a_run_that_only_timed_has_nothing_to_say_of_training(call, db, recorded):
    recorded.run(db, label="timed")
    record(recorded.header, db, "trained", both())
    said = call("compare", "timed", "trained", "--db", db).out
    assert "4 trainings only in head." in said
    assert "No case was measured in both runs" in said
    alone = call("compare", "timed", "timed", "--json", "--db", db).document
    assert alone["training_changes"] == []
    assert "training" not in call("compare", "timed", "timed", "--db", db).out
