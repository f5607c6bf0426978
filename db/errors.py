"""The exceptions that the store raises.

::

    StoreError                what was wrong, what was given, what is allowed, what to do next
    ├── NotFoundError         there is no store at that place
    │   ├── UnreachableError  its server doesn't answer; it may later
    │   └── ReplacedError     its file was deleted while it was open
    ├── NotADatabaseError     there is something, and it isn't a store of ours
    ├── SchemaVersionError    the store's schema is older or newer than this program's
    ├── ReadOnlyStoreError    the store was to be written and can't be
    ├── LockedStoreError      another writer held the store for longer than we wait
    ├── FullDiskError         no room left; nothing of the transaction was kept
    ├── RefusedValueError     a value that the store doesn't hold, such as NaN
    ├── TooManyRowsError      a question with a longer answer than was allowed
    ├── UnknownRunError       no run, or more than one, goes by that reference
    ├── UnknownJobError       no job, or more than one, goes by that reference
    └── ClosedRunError        a run that has ended is never changed
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything the store raises: four parts, each a plain sentence or empty."""

    def __init__(self, what: str, *, got: str = "", allowed: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.got = got
        self.allowed = allowed
        self.next_step = next_step

    def __str__(self) -> str:
        labelled = (
            (self.what, ""),
            (self.got, "got: "),
            (self.allowed, "allowed: "),
            (self.next_step, "next: "),
        )
        return "\n".join(label + text for text, label in labelled if text)


class NotFoundError(StoreError):
    """There is no store at that place, or no way to reach it."""


class UnreachableError(NotFoundError):
    """The store's server doesn't answer, or takes nobody more; it may later."""


class ReplacedError(NotFoundError):
    """The store's file was deleted, or another one put in its place, while it was open."""


class NotADatabaseError(StoreError):
    """A file or a database that isn't a store of this program."""


class SchemaVersionError(StoreError):
    """The store's schema is another one than this program's; both versions are named."""


class ReadOnlyStoreError(StoreError):
    """The store can't be written."""


class LockedStoreError(StoreError):
    """Another writer held the store for longer than we wait."""


class FullDiskError(StoreError):
    """There is no room left; nothing of the transaction was kept."""


class RefusedValueError(StoreError):
    """A value that the store doesn't hold."""


class TooManyRowsError(StoreError):
    """The answer has more rows than the caller allowed."""


class UnknownRunError(StoreError):
    """No run, or more than one, goes by that reference; the candidates are listed."""


class UnknownJobError(StoreError):
    """No job, or more than one, goes by that reference; the candidates are listed."""


class ClosedRunError(StoreError):
    """A run that has ended is never changed."""
