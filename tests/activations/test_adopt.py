from __future__ import annotations

import functools

import pytest
import torch
from torch import nn

from bench_service.activations.adopt import ModuleFunction, as_activation

X = torch.linspace(-2, 2, 9)


def test_a_builtin_function_is_never_called_without_its_tensor():
    assert as_activation(torch.relu, "mine").function is torch.relu


def test_a_partial_that_needs_a_tensor_is_a_function_and_one_that_needs_none_a_factory():
    function = functools.partial(nn.functional.elu, alpha=0.5)
    assert as_activation(function, "mine").function is function
    factory = functools.partial(nn.ELU, alpha=0.5)
    assert torch.equal(as_activation(factory, "mine").function(X), function(X))


def test_a_stateless_module_is_not_copied_for_each_dtype():
    seen = []

    class Watching(nn.Module):
        def forward(self, x):
            seen.append(id(self))
            return x

    function = ModuleFunction(Watching())
    function(X)
    function(X.double())
    assert len(set(seen)) == 1


def test_a_module_with_buffers_follows_the_dtype_of_its_input():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("scale", torch.tensor(2.0))

        def forward(self, x):
            assert self.scale.dtype == x.dtype
            return x * self.scale

    function = ModuleFunction(Scaled())
    for dtype in (torch.float32, torch.float64, torch.float16):
        assert torch.equal(function(X.to(dtype)), 2 * X.to(dtype))


@pytest.mark.parametrize("name", ["my_acts:swoosh_1", "a/b_c.py:act"])
def test_underscores_are_escaped_for_latex(name):
    latex = as_activation(torch.relu, name).latex
    assert latex.replace(r"\_", "_") == rf"\texttt{{{name}}}"
    assert latex.count(r"\_") == name.count("_")
