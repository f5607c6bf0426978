"""What a command line asks to be measured: the options that run and plan share."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any

from bench_service.cli import options


@dataclass(frozen=True)
class Asked:
    """A suite by its name, and what to change of it; None or empty where nothing was said."""

    suite: options.SuiteName = None
    activation: options.Activations = None
    backend: options.Backends = None
    workload: options.Workloads = None
    kind: options.Kind = None
    dtype: options.Dtypes = None
    numel: options.Numels = None
    pass_: options.Passes = None
    seeds: options.Seeds = None
    processes: options.Processes = None
    label: options.Label = None

    @property
    def given(self) -> tuple[str, ...]:
        """What was said, as the command line names it: ``SUITE``, ``--activation``."""
        said = [field.name for field in fields(self) if getattr(self, field.name) not in (None, [])]
        return tuple("SUITE" if name == "suite" else f"--{name.rstrip('_')}" for name in said)


def taking_asked(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb, whose first parameter is ``Asked``, as one that takes its fields one by one.

    Typer makes an argument or an option of each parameter of a verb's signature. What the verb
    itself can't do without comes first.
    """
    shared = list(inspect.signature(Asked, eval_str=True).parameters.values())
    own = list(inspect.signature(verb, eval_str=True).parameters.values())[1:]

    needed = [parameter for parameter in own if parameter.default is parameter.empty]
    optional = [parameter for parameter in own if parameter not in needed]

    @wraps(verb)
    def called(**given: Any) -> None:  # noqa: ANN401  # whatever Typer read
        asked = Asked(**{parameter.name: given.pop(parameter.name) for parameter in shared})
        verb(asked, **given)

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in (*needed, *shared, *optional)
    ]
    vars(called)["__signature__"] = inspect.Signature(parameters)
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called
