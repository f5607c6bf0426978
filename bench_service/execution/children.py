"""Asking for work in a child, as a group needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from bench_service.backends import BACKENDS
from bench_service.errors import ForkerError
from bench_service.references import absolute
from bench_service.timing.events import Ask
from bench_service.timing.spec import GroupSpec
from bench_service.timing.wire import Event, end


@dataclass(frozen=True)
class Children:
    """Children of a forker, for activations of the catalogue and for files in a folder."""

    ask: Ask
    folder: Path

    def events(self, task: str, spec: GroupSpec, silence_s: float) -> Iterator[Event]:
        """A child's events; the end of the forker itself counts as the child's."""
        backend = BACKENDS.get(spec.conditions.backend)
        template = backend.is_compiled and backend.forks_after_compile
        located = self._located(spec)
        try:
            with closing(self.ask(task, located, silence_s, template=template)) as events:
                yield from events
        except ForkerError as error:
            yield end("crashed", str(error))

    def _located(self, spec: GroupSpec) -> GroupSpec:
        """As the child needs it: files of the user's by their whole path, wherever it runs."""
        entries = (replace(e, activation=absolute(e.activation, self.folder)) for e in spec.entries)
        return replace(spec, entries=tuple(entries))
