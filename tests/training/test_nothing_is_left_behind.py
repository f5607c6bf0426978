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
from bench_service.training.trainer import Training


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
