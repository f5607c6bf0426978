"""The module of an activation, its variant in place, and what transforms make of it."""

from __future__ import annotations

import copy

import pytest
import torch
from entries import (
    CATALOGUE,
    IN_PLACE,
    USER_NAMES,
    evaluated,
    learnt,
    module_of,
    over,
    packed_input,
    points,
)

from bench_service.activations import ACTIVATIONS, ShapeClass


@over(*CATALOGUE, *USER_NAMES)
def test_the_module_computes_what_the_function_does(entry):
    x = packed_input(entry).float()
    module = module_of(entry).eval()
    torch.testing.assert_close(module(x), evaluated(entry, x))


@over(*CATALOGUE)
def test_the_module_takes_no_positional_argument(entry):
    with pytest.raises(TypeError):
        entry.module(True)  # nn.LeakyReLU(True) would be a slope of 1


@over(*CATALOGUE, *USER_NAMES)
def test_a_module_gets_its_state_back(entry):
    x = packed_input(entry).float()
    trained = module_of(entry).eval()
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.add_(0.125)
    fresh = module_of(entry).eval()
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(fresh(x), trained(x))
    assert torch.equal(copy.deepcopy(trained)(x), trained(x))
    learns = any(True for _ in trained.parameters())
    assert learns == (entry.tensors is not None or entry.name.endswith("Swoosh"))


@over(*IN_PLACE)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_in_place_gives_the_same_and_no_new_memory(entry, dtype):
    x = torch.from_numpy(points(reach=8.0)).to(dtype)
    torch.manual_seed(0)
    expected = entry.function(x)
    overwritten = x.clone()
    torch.manual_seed(0)
    returned = entry.in_place(overwritten)
    assert torch.equal(overwritten, expected)
    assert returned.data_ptr() == overwritten.data_ptr()


@over(*CATALOGUE, *USER_NAMES)
def test_modules_can_be_stacked_and_differentiated_together(entry):
    modules = [module_of(entry).eval() for _ in range(3)]
    with torch.no_grad():
        for shift, module in enumerate(modules):
            for parameter in module.parameters():
                parameter.add_(0.1 * shift)
    x = torch.stack([packed_input(entry, seed).float() for seed in range(3)])
    state = torch.func.stack_module_state(modules) if modules[0].state_dict() else ({}, {})

    def call(parameters, buffers, slice_):
        return torch.func.functional_call(modules[0], (parameters, buffers), (slice_,))

    together = torch.func.vmap(call)(*state, x)
    apart = torch.stack([module(slice_) for module, slice_ in zip(modules, x, strict=True)])
    torch.testing.assert_close(together, apart)

    def loss(*arguments):
        return call(*arguments).square().sum()

    slopes = torch.func.vmap(torch.func.grad(loss, argnums=2))(*state, x)
    leaf = x.clone().requires_grad_()
    apart = torch.stack([module(slice_) for module, slice_ in zip(modules, leaf, strict=True)])
    (expected,) = torch.autograd.grad(apart.square().sum(), leaf)
    torch.testing.assert_close(slopes, expected)


@over(*(a.name for a in ACTIVATIONS if a.shape_class is ShapeClass.PARAMETRIC))
def test_learnt_tensors_get_a_gradient_and_are_new_each_time(entry):
    x = packed_input(entry)
    tensors = learnt(entry, x)
    assert all(tensor.requires_grad and tensor.is_leaf for tensor in tensors.values())
    gradients = torch.autograd.grad(entry.function(x, **tensors).sum(), tensors.values())
    assert all((gradient != 0).any() for gradient in gradients)
    other = learnt(entry, x)
    assert all(other[name] is not tensors[name] for name in tensors)
