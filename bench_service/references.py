"""Whether an activation that was named is there, without importing anything of the user's.

Importing happens in a measuring child, which may crash or hang and harms nobody.
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import entry_points
from pathlib import Path

from bench_service.activations import ACTIVATIONS
from bench_service.activations.custom import ENTRY_POINT_GROUP
from bench_service.errors import ActivationError, UnknownNameError

FORMS = "a name of the catalogue, module:attribute, or path/to/file.py:attribute"
SEE_LIST = "see `bench-service list activations`"


def absolute(reference: str, folder: Path) -> str:
    """The reference with the path of its file made absolute from that folder; others as they are.

    Where it is read from no longer matters then; what it is called is for the user to say.
    """
    place, colon, attribute = reference.rpartition(":")
    is_file = bool(colon) and (place.endswith(".py") or (folder / place).is_file())
    return f"{folder / place}{colon}{attribute}" if is_file else reference


def check_reference(reference: str, folder: Path | None = None) -> None:
    """InputError where the activation is unknown, or can't be where it is said to be.

    Paths are read from ``folder``, by default the current one; modules are always sought from the
    current one, as in every child.
    """
    here = Path.cwd()
    folder = here if folder is None else folder
    place, colon, attribute = reference.rpartition(":")
    if not colon:
        _check_name(reference)
        return
    is_path = all(part.isidentifier() for part in attribute.split("."))
    if not place or not is_path:
        raise ActivationError(
            "A reference to an activation has two parts, joined by a colon.",
            got=reference,
            allowed=FORMS,
            next_step=SEE_LIST,
        )
    is_file = place.endswith(".py") or (folder / place).is_file()
    if is_file and not (folder / place).is_file():
        raise ActivationError(
            f"There is no file {place!r} to take {attribute!r} from.",
            got=reference,
            allowed=FORMS,
            next_step=f"check the path; it is read from {folder}",
        )
    if not is_file and not module_is_there(place):
        raise ActivationError(
            f"There is no module {place!r} to take {attribute!r} from.",
            got=reference,
            allowed=FORMS,
            next_step="install the package, or go to the folder that the module is in"
            + (f"; the run began in {folder}" if folder != here else ""),
        )


def _check_name(name: str) -> None:
    if name in ACTIVATIONS or name in ACTIVATIONS.refused():
        ACTIVATIONS.get(name)  # explains a name with more than one meaning
        return
    installed = tuple(entry_points(group=ENTRY_POINT_GROUP).names)
    if name in installed:
        return
    known = (*ACTIVATIONS.names(), *installed)
    near = difflib.get_close_matches(name, known, n=3)
    raise UnknownNameError(
        f"There is no activation named {name!r}.",
        got=name,
        allowed=f"one of {len(known)} names; {FORMS.partition(', ')[2]}",
        next_step=f"did you mean {' or '.join(near)}?" if near else SEE_LIST,
    )


def module_is_there(name: str) -> bool:
    """True where a module of that dotted name can be found; its packages aren't imported."""
    top, *rest = name.split(".")
    if not all(part.isidentifier() for part in (top, *rest)):
        return False
    if name in sys.modules:
        return True
    spec = _find_top(top)
    path = top
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return False
        path = f"{path}.{part}"
        spec = PathFinder.find_spec(path, list(spec.submodule_search_locations))
    return spec is not None


def _find_top(name: str) -> ModuleSpec | None:
    """The spec of a top-level module; the current directory is searched too, as children do."""
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    return found or PathFinder.find_spec(name, [*sys.path, str(Path.cwd())])
