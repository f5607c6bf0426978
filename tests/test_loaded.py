"""A stored run as users get it, where it trained and timed nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slices import DIGITS, STRESS, diverged, trained

import bench_service
from bench_service.cli.show import document_of
from bench_service.record import Recorder, RunHeader
from db.session import open_store


@pytest.fixture
def path(tmp_path):
    """A store with an earlier run that came to nothing and one that only trained."""
    place = tmp_path / "store.db"
    with open_store(place) as store:
        recorder = Recorder(store)
        recorder.workloads([DIGITS, STRESS])
        header = RunHeader(suite="quick", suite_document={}, hardware={}, software={})
        uid = recorder.begin_run(replace(header, label="trained"))
        failed = trained(seed=2, status="error", reason="out of memory")
        recorder.slices(uid, [trained(), diverged(seed=1), failed])
        recorder.close_run(uid, "partial")
        recorder.begin_run(replace(header, label="empty"))
    return place


@pytest.mark.parametrize("reference", ["latest", "trained"])
def test_a_run_that_only_trained_is_loaded_with_its_slices(path, reference):
    run = bench_service.load(reference, db=path)
    assert run.training.status.tolist() == ["ok", "diverged", "error"]
    assert run.training.grad_dead.tolist()[0] == 0.125
    assert len(run.timing) == len(run.benchmarks) == 0
    assert "2 ok, 1 failed, 0 skipped" in repr(run)


def test_a_run_without_slices_has_a_frame_of_them_without_rows(path):
    empty = bench_service.load("empty", db=path).training
    assert len(empty) == 0
    assert list(empty) == list(bench_service.load("trained", db=path).training)


def test_its_json_document_counts_and_lists_the_slices(path):
    document = document_of(bench_service.load("latest", db=path))
    run = document["run"]
    assert (run["n_cases"], run["n_ok"], run["n_failed"]) == (3, 2, 1)
    assert document["timing"] == []
    assert [row["reason"] for row in document["training"]] == [
        "", "the loss became infinite at step 30", "out of memory",
    ]  # fmt: skip
