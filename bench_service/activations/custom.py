"""Activations that users bring: from a module, a file, or an installed package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from bench_service.activations.adopt import as_activation
from bench_service.activations.base import ACTIVATIONS, Activation
from bench_service.activations.locate import describe, locate
from bench_service.errors import ActivationError

ENTRY_POINT_GROUP = "bench_service.activations"


@dataclass(frozen=True)
class Installed:
    """What installed packages offer: activations by name, and why the others can't be had."""

    found: Mapping[str, Activation]
    broken: Mapping[str, ActivationError]


def load_activation(reference: str) -> Activation:
    """The activation of that name, of an installed package, or at ``place:attribute``.

    UnknownNameError for a name that nobody has; ActivationError for a reference that can't be
    loaded, with the reason. A user's own activation is its own definition, in float64, and its
    derivative is what autograd makes of it there; ``check.problems`` holds the two together.
    """
    if ":" in reference:
        return as_activation(locate(reference), reference)
    if reference not in ACTIVATIONS:
        for entry_point in entry_points(group=ENTRY_POINT_GROUP, name=reference):
            return _from_entry_point(entry_point)
    return ACTIVATIONS.get(reference)


def installed_activations() -> Installed:
    """What installed packages add through the entry-point group; each is imported here."""
    found: dict[str, Activation] = {}
    broken: dict[str, ActivationError] = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            found[entry_point.name] = _from_entry_point(entry_point)
        except ActivationError as error:
            broken[entry_point.name] = error
    return Installed(found, broken)


def _from_entry_point(entry_point: EntryPoint) -> Activation:
    origin = f"the entry point {entry_point.name!r} = {entry_point.value!r}"
    if entry_point.name in ACTIVATIONS or entry_point.name in ACTIVATIONS.refused():
        raise ActivationError(
            f"An installed package adds {entry_point.name!r}, a name of the catalogue.",
            got=origin,
            next_step="ask its authors for another name, or name it as module:attribute",
        )
    try:
        loaded = entry_point.load()
    except (Exception, SystemExit) as error:
        raise ActivationError(
            f"The installed activation {entry_point.name!r} can't be loaded.",
            got=f"{origin} ({describe(error)})",
            next_step="repair or uninstall the package that brings it",
        ) from error
    return as_activation(loaded, entry_point.name)
