"""A training that has ended holds nothing: the next one has the memory to itself."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from tiny_workloads import CPU, FOREVER_S, crossed, tiny, tiny_conv, trained

from bench_service.activations import ACTIVATIONS
from bench_service.activations.adopt import as_activation
from bench_service.training.spec import TrainTask
from bench_service.training.splitting import train_in_parts
from bench_service.training.trainer import Training, train
from bench_service.workloads import Task
from bench_service.workloads.losses import accuracy, cross_entropy


def begun(workload, *lrs):
    task = TrainTask(tuple(crossed(lrs, [0, 1])), FOREVER_S)
    return Training.begin(task, workload, ACTIVATIONS.get("relu"), CPU, lambda: 0)


@pytest.fixture
def without_collector():
    """Reference counts alone free memory here, as they do between two collections.

    The first training of a process imports parts of torch that catch exceptions on the way, whose
    traces hold its frames: that one is over before this begins.
    """
    begun(tiny(), 0.1).run(lambda _step: None)
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("workload", [tiny(), tiny_conv()], ids=["mlp", "conv"])
def test_weights_and_model_are_freed_without_waiting_for_the_collector(workload):
    """A stack that didn't fit into memory must be gone before its halves are trained."""
    training = begun(workload, 0.1)
    training.run(lambda _step: None)
    watched = [
        weakref.ref(training.stack.skeleton.model),
        *map(weakref.ref, training.stack.parameters.values()),
    ]
    del training
    assert [held for held in watched if held() is not None] == []


@pytest.mark.usefixtures("without_collector")
def test_they_are_freed_when_an_exception_ended_the_training():
    training = begun(tiny(), 0.1)
    watched = weakref.ref(training.stack.skeleton.model)

    def fail(_step):
        raise MemoryError

    with pytest.raises(MemoryError):
        training.run(fail)
    del training
    assert watched() is None


def test_what_is_kept_of_a_step_is_part_of_no_graph():
    """One row of losses a step would otherwise keep all that the step computed."""
    training = begun(tiny(), 0.1, 0.5)
    training.run(lambda _step: None)
    assert len(training.losses) == 10
    assert not any(row.requires_grad for row in (*training.losses, *training.accuracies))


def test_nothing_of_the_activations_inputs_and_outputs_is_kept_between_steps():
    training = begun(tiny(), 0.1)
    kept = []
    training.run(lambda _step: kept.append(len(training.stack._kept)))
    assert kept == [0] * 10
    assert not training.stack._kept


def test_a_users_module_is_left_without_hooks_and_as_it_was():
    class Shifted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = torch.nn.Parameter(torch.tensor(0.5))

        def forward(self, x):
            return torch.relu(x - self.shift)

    module = Shifted()
    before = module.shift.clone()
    trained(tiny(), crossed([0.5], [0, 1]), as_activation(module, "tests:module"))
    assert not module._forward_hooks
    assert not module._forward_pre_hooks
    assert module.training
    assert torch.equal(module.shift, before)
    assert module.shift.grad is None


def test_the_global_generator_is_left_as_it_was():
    state = torch.random.get_rng_state()
    for activation in ("relu", "rrelu", "nrelu"):
        trained(tiny(), crossed([0.1], [0]), activation, has_neurons=True)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("where", ["loss", "objective", "model"])
def test_a_stack_that_didnt_fit_is_gone_before_its_halves_are_trained(where):
    """The allocation fails in the middle of a step, which its traceback holds."""
    models: list[weakref.ref] = []
    alive: list[int] = []

    def make(activation):
        alive.append(sum(model() is not None for model in models))
        model = tiny().model(activation)
        models.append(weakref.ref(model))
        if where == "model":
            model.append(Failing())
        return model

    class Failing(torch.nn.Module):
        def forward(self, x):
            fail()
            return x

    def fail():
        if len(models) < 3:  # the whole and its first half don't fit
            raise MemoryError

    def loss(prediction, y):
        if where == "loss":
            fail()
        return cross_entropy(prediction, y)

    def objective(prediction, y, outputs):
        if where == "objective":
            fail()
        return cross_entropy(prediction, y)

    workload = tiny(model=make, task=Task(loss=loss, accuracy=accuracy, objective=objective))
    found = train_in_parts(
        tuple(crossed([0.1, 0.2], [0, 1])),
        lambda cases: train(TrainTask(cases, FOREVER_S), workload, ACTIVATIONS.get("relu"), CPU),
    )
    assert [outcome.facts["n_splits"] for outcome in found] == [2, 2, 1, 1]
    assert alive == [0] * len(models)
