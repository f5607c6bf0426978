"""The pass step: a whole training step, on weights that don't drift while they are timed."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bench_service.activations import ACTIVATIONS
from bench_service.errors import WorkloadError
from bench_service.result import Conditions, TimingCase
from bench_service.timing.child import probe
from bench_service.timing.spec import group_of
from bench_service.timing.steps import StepBench

CPU = torch.device("cpu")


@pytest.fixture
def modules(monkeypatch):
    """Models that are built from here on, the newest last."""
    from bench_service.timing import steps

    built = []
    original = steps.build

    def build(*given):
        skeleton = original(*given)
        built.append(skeleton.model)
        return skeleton

    monkeypatch.setattr(steps, "build", build)
    return built


def test_a_step_leaves_every_weight_as_it_was_and_a_gradient_at_each(modules):
    call = StepBench.of("digits_mlp", 3, CPU).step(ACTIVATIONS.get("relu"))
    before = [parameter.detach().clone() for parameter in modules[-1].parameters()]
    call()
    call()
    after = list(modules[-1].parameters())
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert all(parameter.grad is not None for parameter in after)


def test_the_gradient_is_that_of_the_loss_on_the_batch_and_of_one_step_alone(modules):
    bench = StepBench.of("digits_mlp", 3, CPU)
    call = bench.step(ACTIVATIONS.get("tanh"))
    call()
    call()
    found = [parameter.grad.clone() for parameter in modules[-1].parameters()]
    layers = [layer for layer in modules[-1].modules() if isinstance(layer, nn.Linear)]
    # the same network, written out: 64-128-128-10 with tanh in between
    h = torch.tanh(bench.batch.x @ layers[0].weight.T + layers[0].bias)
    h = torch.tanh(h @ layers[1].weight.T + layers[1].bias)
    logits = h @ layers[2].weight.T + layers[2].bias
    loss = -torch.log_softmax(logits, 1)[torch.arange(64), bench.batch.y].mean()
    expected = torch.autograd.grad(loss, list(modules[-1].parameters()))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_entries_of_a_group_begin_with_the_same_unit_normal_numbers(modules):
    bench = StepBench.of("digits_mlp", 3, CPU)
    bench.step(ACTIVATIONS.get("relu"))
    bench.step(ACTIVATIONS.get("tanh"))
    relu, tanh = ([*model.parameters()] for model in modules)
    # the first layer is fed by data: no gain; later ones carry the activation's
    assert torch.equal(relu[0], tanh[0])
    ratio = relu[2] / tanh[2]
    gain_of_relu, second_moment_of_tanh = 2**0.5, 0.394294
    torch.testing.assert_close(
        ratio, torch.full_like(ratio, gain_of_relu * second_moment_of_tanh**0.5), rtol=1e-5, atol=0
    )


def test_the_seed_decides_the_batch():
    one, same, other = (StepBench.of("digits_mlp", seed, CPU).batch.x for seed in (3, 3, 4))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_an_activation_that_fits_no_step_of_the_model_is_refused():
    with pytest.raises(WorkloadError, match="doesn't fit the model of digits_mlp"):
        StepBench.of("digits_mlp", 3, CPU).step(ACTIVATIONS.get("crelu"))


@pytest.mark.parametrize("workload", ["digits_mlp", "char_model"])
def test_a_step_is_probed_whatever_the_model_reads(workload):
    conditions = Conditions("cpu-eager", "step", "float32", 8, "default", input=workload)
    spec = group_of(conditions, [TimingCase("relu", conditions), TimingCase("gelu", conditions)])
    said = []
    before = torch.get_num_threads()
    try:
        probe(spec, said.append, lambda _index: None)
    finally:
        torch.set_num_threads(before)
        torch.set_grad_enabled(True)
    found = {event["probe"]["label"]: event["probe"] for event in said}
    assert {label: each["reason"] for label, each in found.items()} == dict.fromkeys(found, "")
    assert all(found[label]["n_calls"] > 0 for label in ("relu", "gelu"))
