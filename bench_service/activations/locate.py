"""From ``module:attribute`` or ``path/to/file.py:attribute`` to the object that it names."""

from __future__ import annotations

import contextlib
import difflib
import functools
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from bench_service.errors import ActivationError

FORMS = "module:attribute or path/to/file.py:attribute"


def describe(error: BaseException) -> str:
    """The exception's type and text on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def locate(reference: str) -> object:
    """The object that the reference names; ActivationError says which step failed and why.

    A file is executed when it is first named and again when it has been edited. The current
    directory is searched for modules too, as ``python -m`` does.
    """
    place, _, attribute = reference.rpartition(":")
    if not place or not attribute:
        raise ActivationError(
            "A reference to an activation has two parts, joined by a colon.",
            got=reference,
            allowed=FORMS,
            next_step="complete the reference",
        )
    is_file = place.endswith(".py") or Path(place).is_file()
    module = _from_file(Path(place), reference) if is_file else _from_name(place, reference)
    return _attribute(module, attribute, reference)


def _from_file(path: Path, reference: str) -> ModuleType:
    if not path.is_file():
        raise ActivationError(
            f"There is no file {str(path)!r}.",
            got=reference,
            allowed=FORMS,
            next_step=f"check the path; it is read from {Path.cwd()}",
        )
    return _executed(path.resolve(), path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _executed(path: Path, mtime_ns: int) -> ModuleType:
    """The module that the file makes; an edited file has another time and is executed again."""
    del mtime_ns
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    name = f"bench_service_user_{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ActivationError(
            f"The file {str(path)!r} isn't Python source.", got=str(path), allowed=FORMS
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up by name
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ActivationError(
            f"The file {str(path)!r} raised an exception while it was loaded.",
            got=describe(error),
            next_step=f"make `python {path}` work first",
        ) from error
    return module


def _from_name(name: str, reference: str) -> ModuleType:
    try:
        with _current_directory_importable():
            return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise ActivationError(
            f"The module {name!r} can't be imported.",
            got=f"{reference} ({describe(error)})",
            allowed=FORMS,
            next_step=f"make `python -c 'import {name}'` work first",
        ) from error


@contextlib.contextmanager
def _current_directory_importable() -> Iterator[None]:
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _attribute(module: ModuleType, path: str, reference: str) -> object:
    found: object = module
    for part in path.split("."):
        if not hasattr(found, part):
            known = [name for name in dir(found) if not name.startswith("_")]
            near = difflib.get_close_matches(part, known, n=3)
            raise ActivationError(
                f"{module.__name__!r} has no attribute {part!r}.",
                got=reference,
                allowed=", ".join(known) or "it has no public names",
                next_step=f"did you mean {' or '.join(near)}?" if near else "pick one of the above",
            )
        found = getattr(found, part)
    return found
