"""Chains of one workload share stacks where that makes them cheaper, and only such as can."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from tiny_workloads import crossed

from bench_service.training.campaign import Campaign, Costed
from bench_service.training.chain import Chain
from bench_service.training.grouping import stack_key, stacks_of
from bench_service.training.result import LrRole, SliceOutcome


def chain(activation="relu", **changes):
    values = {
        "workload": "tiny", "workload_version": 1, "backend": "cuda-eager", "init": "gain",
        "optimizer": "sgd", "lrs": (0.1, 0.2), "default_lr": 0.1, "metric": "val_loss",
        "better": "lower", "seeds": (0, 1), "tuning_seeds": (1000, 1001, 1002),
    }  # fmt: skip
    return Chain(activation=activation, **values | changes)


def test_elementwise_activations_of_the_catalogue_share_stacks_on_a_device():
    assert len({stack_key(chain(name)) for name in ("relu", "gelu", "elu")}) == 1


@pytest.mark.parametrize(
    "other", ["prelu_channel", "rrelu", "crelu", "geglu", "funnel_relu", "acts.py:swoosh"]
)
def test_others_have_stacks_of_their_own(other):
    assert stack_key(chain(other)) not in {stack_key(chain()), stack_key(chain("prelu_shared"))}


@pytest.mark.parametrize(
    "changes",
    [{"workload": "other"}, {"init": "he"}, {"backend": "xpu-eager"}, {"optimizer": "adam"}],
)
def test_slices_of_other_tasks_share_none(changes):
    assert stack_key(chain()) != stack_key(chain("gelu", **changes))


def test_on_the_cpu_each_activation_has_its_own_stacks():
    keys = {stack_key(chain(name, backend="cpu-eager")) for name in ("relu", "gelu", "elu")}
    assert len(keys) == 3


@pytest.mark.parametrize(("backend", "sizes"), [("cpu-eager", [33, 33, 14]), ("mps-eager", [80])])
def test_stacks_are_as_long_as_makes_them_cheaper(backend, sizes):
    due = crossed([0.1, 0.2], range(40), backend=backend)
    found = stacks_of(due)
    assert [len(cases) for cases in found] == sizes
    assert [case for cases in found for case in cases] == due


def test_nothing_due_is_no_stack():
    assert stacks_of([]) == []


class AtOnce:
    """A pool that has done whatever it is given, and remembers it."""

    def __init__(self):
        self.tasks = []

    def schedule(self, _function, args, timeout):
        assert timeout > 0
        self.tasks.append(args[1])
        future = Future()
        best = {"relu": 0.1, "gelu": 0.2, "prelu_channel": 0.1}
        future.set_result(tuple(
            SliceOutcome(case, "ok", val_loss=abs(case.lr - best[case.activation]))
            for case in args[1].ordered
        ))  # fmt: skip
        return future


class Silent:
    def slices(self, _uid, outcomes):
        return len(outcomes)

    def __getattr__(self, _name):
        return lambda *_said: None


def campaign_of(*chains):
    pool, silent = AtOnce(), Silent()
    costed = [Costed(c, 10, 1.0, c.activation) for c in chains]
    campaign = Campaign("run", costed, silent, silent, 2, 60.0)
    campaign._run_in(pool, lambda: None)
    return campaign, pool.tasks


def names_and_roles(task):
    return task.activations, {case.lr_role for case in task.cases}, task.reference


def test_a_campaign_tunes_and_evaluates_activations_of_a_device_in_the_same_stacks():
    """Three rates are the grid: 0.1 is best for one, at the edge, and 0.2 for the other."""
    lrs = (0.03, 0.1, 0.2, 0.6)
    campaign, tasks = campaign_of(
        *(chain(name, lrs=lrs) for name in ("relu", "gelu")), chain("prelu_channel", lrs=lrs)
    )
    both, alone = ("gelu", "relu"), ("prelu_channel",)
    first = {LrRole.TUNE, LrRole.DEFAULT}
    assert [names_and_roles(task) for task in tasks] == [
        (both, first, ""),
        (alone, first, "prelu_channel"),
        (("gelu",), {LrRole.EVAL}, ""),
    ]  # at the default rate ReLU and PReLU were evaluated before they were tuned
    assert {(c.activation, c.lr) for c in tasks[2].cases} == {("gelu", 0.2)}
    chosen = {(c.activation, c.lr) for c in campaign.done if c.lr_role == LrRole.EVAL}
    assert chosen == {("relu", 0.1), ("gelu", 0.2), ("prelu_channel", 0.1)}
    assert len(campaign.done) == 3 * (4 * 3 + 2 + 2)


def test_on_the_cpu_a_campaign_asks_for_each_activation_alone():
    _, tasks = campaign_of(*(chain(name, backend="cpu-eager") for name in ("relu", "gelu")))
    assert {task.activations for task in tasks} == {("relu",), ("gelu",)}
    assert {(task.activations[0], task.reference) for task in tasks} == {
        ("relu", "relu"), ("gelu", "gelu"),
    }  # fmt: skip
