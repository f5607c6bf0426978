"""A task comes back as outcomes, whatever its activation does short of ending the process."""

from __future__ import annotations

import pytest
from tiny_workloads import FOREVER_S, crossed, tiny
from training_acts import reference

from bench_service.registry import Registry
from bench_service.training import worker
from bench_service.training.spec import TrainTask


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    workloads = Registry("workload")
    workloads.add("tiny", tiny())
    workloads.add("unhealthy", tiny(name="unhealthy", data=lambda _seeds: 1 / 0))
    monkeypatch.setattr(worker, "WORKLOADS", workloads)


def outcomes_of(activation, *, lrs=(0.1, 0.01), source="", **changes):
    cases = crossed(lrs, [0, 1], activation=activation, **changes)
    task = TrainTask(tuple(cases), FOREVER_S, source)
    found = worker.run_task(7, task)
    assert [outcome.case for outcome in found] == sorted(cases, key=lambda c: (c.lr, c.seed))
    return found


@pytest.mark.parametrize("activation", ["relu", "prelu_channel", reference("sound")])
def test_a_task_comes_back_as_outcomes_in_the_order_of_rates_and_seeds(activation):
    assert {outcome.status for outcome in outcomes_of(activation)} == {"ok"}


def test_an_activation_is_looked_for_at_the_place_that_the_task_names():
    """Its name in the store is as it was typed, from whatever folder."""
    found = outcomes_of("acts.py:sound", source=reference("sound"))
    assert {outcome.status for outcome in found} == {"ok"}
    assert {outcome.case.activation for outcome in found} == {"acts.py:sound"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("raises", "ValueError: no, thanks"),
        ("raises_at_once", "raised ValueError: no, thanks"),
        ("depends_on_values", "vmap"),
        ("calls_sys_exit", "SystemExit: enough"),
        ("interrupts", "KeyboardInterrupt"),
        ("missing", "missing"),
    ],
)
def test_whatever_an_activation_raises_is_the_reason_of_its_slices(name, reason):
    """An exit or an interrupt too: they are the function's and not the user's who runs it."""
    found = outcomes_of(reference(name))
    assert {outcome.status for outcome in found} == {"error"}
    for outcome in found:
        assert reason in outcome.reason
        assert "\n" not in outcome.reason
        assert outcome.curves == ()
        assert outcome.val_loss is None


def test_what_the_workload_raises_is_the_reason_too():
    found = outcomes_of("relu", workload="unhealthy")
    assert {outcome.reason for outcome in found} == {"ZeroDivisionError: division by zero"}


def test_steps_are_told_in_tens_times_slices_with_the_tasks_number(monkeypatch):
    class Told:
        def __init__(self):
            self.words = []

        def put(self, word):
            self.words.append(word)

    told = Told()
    monkeypatch.setattr(worker, "_told", told)
    workloads = Registry("workload")
    workloads.add("tiny", tiny(n_steps=25, n_evaluations=1))
    monkeypatch.setattr(worker, "WORKLOADS", workloads)
    outcomes_of("relu")
    assert told.words == [(7, 40), (7, 40)]
