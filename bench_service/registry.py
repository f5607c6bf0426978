"""Named entries of one kind, in the order in which they were added."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Generic, TypeVar

from bench_service.errors import UnknownNameError

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """A menu: entries by name, with explicit aliases and names that are refused with a reason.

    A name that means two things in the literature is refused, and the refusal says which entries
    the reader may have meant.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}
        self._refused: dict[str, str] = {}

    def add(self, name: str, entry: Entry) -> Entry:
        """The entry itself, now known under its name; ValueError when the name is taken."""
        if name in self._entries or name in self._refused:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def refuse(self, name: str, why: str) -> None:
        """Make a name that would be ambiguous raise with an explanation."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered and can't be refused")
        self._refused[name] = why

    def get(self, name: str) -> Entry:
        """The entry of that name; UnknownNameError lists the known ones and the nearest."""
        if name in self._entries:
            return self._entries[name]
        if name in self._refused:
            raise UnknownNameError(
                f"The {self.kind} name {name!r} has more than one meaning.",
                got=name,
                allowed=self._refused[name],
                next_step="use one of the names above",
            )
        near = difflib.get_close_matches(name, self._entries, n=3)
        raise UnknownNameError(
            f"There is no {self.kind} named {name!r}.",
            got=name,
            allowed=", ".join(self._entries),
            next_step=f"did you mean {' or '.join(near)}?" if near else "pick one of the above",
        )

    def names(self) -> tuple[str, ...]:
        """The names in the order in which they were added."""
        return tuple(self._entries)

    def refused(self) -> dict[str, str]:
        """The refused names with their explanations."""
        return dict(self._refused)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)
