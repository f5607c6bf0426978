"""From whatever callable or module a user has to a catalogue entry."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import zlib
from collections.abc import Callable

import torch
from torch import Tensor, nn

from bench_service.activations.base import Activation
from bench_service.activations.locate import describe
from bench_service.activations.modules import applied
from bench_service.errors import ActivationError

ALLOWED = (
    "a callable on a tensor, a module of torch (its class, an instance, or a factory without "
    "arguments), or an Activation"
)


def as_activation(loaded: object, reference: str) -> Activation:
    """An entry named by the reference; ActivationError if the object can't be one.

    Its definition is the function itself, and its derivative what autograd makes of it.
    """
    if isinstance(loaded, Activation):
        return dataclasses.replace(loaded, name=reference)
    function, module = _function_and_module(loaded, reference)

    def derivative(x: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = x.detach().clone().requires_grad_()
            (slope,) = torch.autograd.grad(function(leaf).sum(), leaf)
        return slope

    return Activation(
        name=reference,
        family="user",
        function=function,
        module=module,
        definition=function,
        derivative=derivative,
        formula=reference,
        latex=rf"\texttt{{{reference}}}".replace("_", r"\_"),
        source="user",
        derivative_supremum=math.inf,
        is_composed=True,
        version=_version(loaded),
    )


def _function_and_module(
    loaded: object, reference: str
) -> tuple[Callable[..., Tensor], Callable[..., nn.Module]]:
    if isinstance(loaded, nn.Module):
        instance = loaded
        return ModuleFunction(instance), lambda: copy.deepcopy(instance)
    if not callable(loaded):
        raise ActivationError(
            f"{reference!r} is not callable.", got=type(loaded).__name__, allowed=ALLOWED
        )
    # A class makes modules; it is no function of a tensor.
    without, with_one = (True, False) if isinstance(loaded, type) else _takes(loaded)
    if not without:
        return loaded, applied(loaded)
    try:
        made = loaded()
    except Exception as error:
        if with_one:
            return loaded, applied(loaded)
        raise ActivationError(
            f"{reference!r} raised an exception when it was called without arguments.",
            got=describe(error),
            allowed=ALLOWED,
            next_step="make it return a module, or give it a tensor as its argument",
        ) from error
    if isinstance(made, nn.Module):
        return ModuleFunction(made), loaded
    if with_one:
        return loaded, applied(loaded)
    raise ActivationError(
        f"{reference!r} takes no argument and doesn't return a module of torch.",
        got=type(made).__name__,
        allowed=ALLOWED,
        next_step="return an nn.Module, or take a tensor",
    )


def _takes(loaded: Callable[..., object]) -> tuple[bool, bool]:
    """Whether it can be called without arguments, and with one; builtins take one tensor."""
    try:
        signature = inspect.signature(loaded)
    except (TypeError, ValueError):
        return False, True
    return _binds(signature), _binds(signature, None)


def _binds(signature: inspect.Signature, *arguments: object) -> bool:
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


class ModuleFunction:
    """A user's module as a function, with a copy of its state for each dtype and device."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._copies: dict[tuple[torch.dtype, torch.device], nn.Module] = {}
        self._has_state = any(True for _ in (*module.parameters(), *module.buffers()))

    def __call__(self, x: Tensor) -> Tensor:
        """What the module returns for x, with its state in the dtype and on the device of x."""
        if not self._has_state:
            return self._module(x)  # type: ignore[no-any-return]  # checked before it is timed
        key = (x.dtype, x.device)
        if key not in self._copies:
            self._copies[key] = copy.deepcopy(self._module).to(device=x.device, dtype=x.dtype)
        return self._copies[key](x)  # type: ignore[no-any-return]  # idem


def _version(loaded: object) -> int:
    """A checksum of the source, so that results of an edited activation stay apart."""
    code = loaded if inspect.isroutine(loaded) or inspect.isclass(loaded) else type(loaded)
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        return 1
    return zlib.crc32(source.encode()) & 0x7FFFFFFF
