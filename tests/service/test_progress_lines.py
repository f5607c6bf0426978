"""Progress as the page shows it: one share for the whole job, which never goes back."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from bench_service import planning
from bench_service.service.progress_lines import ProgressLines


@pytest.fixture
def lines(monkeypatch):
    """What is said, every time; timing takes 30 of 120 seconds by the plan."""
    monkeypatch.setattr(planning, "expected_timing_seconds", lambda plan: plan.timing_s)
    monkeypatch.setattr(planning, "expected_seconds", lambda plan: plan.all_s)
    said = []
    clock = itertools.count(0.0, 2.0)
    return ProgressLines(lambda line: said.append(line["progress"]), lambda: next(clock)), said


def shares(said):
    return [line["share"] for line in said]


def test_timing_and_training_share_one_scale_by_what_the_plan_expects(lines):
    progress, said = lines
    progress.begin(SimpleNamespace(timing_s=30.0, all_s=120.0), 4)
    for left in (3, 2, 1, 0):
        progress.child_done(left)
    progress.training_begins(6, 1404)
    for share in (0.0, 0.5, 1.0):
        progress.training_moved(share, 10, "relu")
    assert shares(said) == [0.0625, 0.125, 0.1875, 0.25, 0.25, 0.25, 0.625, 1.0]
    assert shares(said) == sorted(shares(said))


def test_timing_alone_is_all_of_it_and_so_is_training_alone(lines):
    progress, said = lines
    progress.begin(SimpleNamespace(timing_s=30.0, all_s=30.0), 2)
    progress.child_done(1)
    progress.child_done(0)
    assert shares(said) == [0.5, 1.0]
    said.clear()
    trained = ProgressLines(lambda line: said.append(line["progress"]))
    trained.training_begins(1, 12)
    assert shares(said) == [0.0]


def test_lines_come_once_a_second_at_most_but_waiting_is_said_at_once():
    said, now = [], [0.0]
    progress = ProgressLines(lambda line: said.append(line["progress"]["now"]), lambda: now[0])
    progress.now("gelu", "forward")
    progress.now("relu", "forward")
    now[0] = 0.5
    progress.waiting()
    now[0] = 1.6
    progress.now("silu", "forward")
    assert said == [
        "gelu forward",
        "waiting for another process to end its measuring",
        "silu forward",
    ]
