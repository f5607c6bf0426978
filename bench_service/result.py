"""Frozen values that flow onward: what a case is, what a child measured, what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


class Pass(StrEnum):
    """What is timed of an activation."""

    FORWARD = "forward"  # without recording for a backward pass
    BACKWARD = "backward"  # the gradient alone, from a fixed contiguous output gradient
    FORWARD_BACKWARD = "forward_backward"
    STEP = "step"  # a whole training step of a workload's model


class Role(StrEnum):
    """Why an entry is in a round."""

    CASE = "case"  # asked for by the suite
    REFERENCE = "reference"  # ReLU, the first of two
    ALIAS = "alias"  # ReLU again, as if it were another function: the rounds' own A/A check
    COPY = "copy"  # a copy into a preallocated buffer: the price of moving the bytes
    FLOOR = "floor"  # a call that does nothing: the price of calling


class Status(StrEnum):
    """What became of a case."""

    OK = "ok"
    FAILED = "failed"  # measured, and it went wrong: see the reason
    SKIPPED = "skipped"  # can't run on this machine: see the reason


class RunStatus(StrEnum):
    """What became of a run. A run that is still measuring, or was killed, is ``running``."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"  # ended, with failed cases
    FAILED = "failed"  # ended, nothing could be measured
    INTERRUPTED = "interrupted"


def fingerprint(document: Mapping[str, Any]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a document in canonical JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, order=True)
class Conditions:
    """Everything that the cases of a group share: all but the activation."""

    backend: str
    pass_name: str
    dtype: str
    numel: int
    condition: str = "default"
    """Which of the backend's views: ``default`` or ``arena`` allocator on CPUs, ``kernel``,
    ``hot``, ``wall`` or ``graph`` on GPUs."""
    layout: str = "contiguous"
    threads: int = 1
    input: str = "normal"

    @property
    def fingerprint(self) -> str:
        """Equal for groups that may be held against each other."""
        return _of_conditions(self)


@dataclass(frozen=True)
class TimingCase:
    """One activation under one set of conditions."""

    activation: str
    conditions: Conditions
    parameters: tuple[tuple[str, float], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Equal for cases that measure the same thing, in whatever run."""
        return _of_case(self)


# The caches take values that are equal for one value, 2 and 2.0 say; so do the documents.
@lru_cache(maxsize=1 << 14)  # asked for with every child that is stored
def _of_conditions(conditions: Conditions) -> str:
    return fingerprint(_document(conditions))


@lru_cache(maxsize=1 << 14)
def _of_case(case: TimingCase) -> str:
    parameters = {name: float(value) + 0.0 for name, value in case.parameters}  # no -0.0 either
    conditions = _document(case.conditions)
    return fingerprint({"activation": case.activation, "parameters": parameters, **conditions})


def _document(conditions: Conditions) -> dict[str, Any]:
    return {
        **asdict(conditions),
        "numel": int(conditions.numel),
        "threads": int(conditions.threads),
    }


@dataclass(frozen=True)
class Skip:
    """A case that can't run here, with the reason."""

    case: TimingCase
    reason: str


@dataclass(frozen=True)
class EntryProbe:
    """What was found of one entry before any time was taken."""

    label: str
    role: str
    n_calls: int
    """Calls in a block, frozen for the whole run; 0 where the entry failed."""
    call_time_ns: float
    saved_bytes_per_element: float | None = None
    reason: str = ""
    """Why this entry gets no time; empty where it does."""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EntryBlocks:
    """The blocks of one entry in one part of a child: arrays of shape (n_rounds,), int64."""

    label: str
    role: str
    n_calls: int
    wall_ns: IntArray
    cpu_ns: IntArray
    position: IntArray
    """Place in the random order of its round, from 0."""
    involuntary_switches: IntArray
    minor_faults: IntArray
    flags: IntArray
    """Bits of ``BlockFlag``."""

    @classmethod
    def array_names(cls) -> tuple[str, ...]:
        """The names of the array fields, in order."""
        scalars = {"label", "role", "n_calls"}
        return tuple(f.name for f in fields(cls) if f.name not in scalars)


class BlockFlag:
    """Bits that say why a block may be off. A flagged block is kept and left out of estimates."""

    WARM_UP = 1
    PREEMPTED = 2  # the operating system took the core away in mid-block
    THROTTLED = 4  # the device ran below its clock


@dataclass(frozen=True)
class ChildResult:
    """What one forked child measured: rounds of one group, handed over in one or more parts.

    A part is the unit that a kill can't take back: once handed over it is stored.
    """

    group: str
    """Fingerprint of the group's conditions."""
    process_ix: int
    """Number of the child among those of its group in the run, from 0."""
    part: int
    """Number of the part, from 0; its rounds follow those of the parts before it."""
    is_last: bool
    seed: int
    started_at_us: int
    """Microseconds since 1970, UTC."""
    status: str
    reason: str
    blocks: tuple[EntryBlocks, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Steal, load, set-up time and whatever else says how far to trust this child."""


@dataclass(frozen=True)
class CaseOutcome:
    """What became of a case in a run."""

    case: TimingCase
    role: str
    status: str
    reason: str = ""
    n_calls: int = 0
    saved_bytes_per_element: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
