"""What a recorder is given beside the engine's results, and what it says of what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class RunHeader:
    """What is known of a run before it measures. Fingerprints left empty come from the facts."""

    suite: str
    suite_document: Mapping[str, Any]
    hardware: Mapping[str, Any]
    software: Mapping[str, Any]
    hardware_fingerprint: str = ""
    software_fingerprint: str = ""
    hardware_label: str = ""
    software_label: str = ""
    torch_version: str = ""
    """Empty: what the software's facts say of torch."""
    trigger: str = "cli"
    """``cli``, ``ci``, ``api`` or ``import``."""
    label: str | None = None
    seed: int = 0
    n_planned: int = 0
    engine_version: str = ""
    code: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What was measured from: commit, whether the tree was dirty."""
    state: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What may differ from run to run on one machine: load, free memory, the host's name."""
    idempotency_key: str | None = None
    """The same key again is the same run again: ``begin_run`` returns the one there is."""
    started_at: datetime | None = None
    """None: now."""


@dataclass(frozen=True, kw_only=True)
class ActivationFacts:
    """What the store keeps of a catalogue entry, so that nobody needs torch to read it."""

    name: str
    version: int = 1
    parameters: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    family: str
    shape_class: str
    formula: str
    latex: str
    source: str


@dataclass(frozen=True, kw_only=True)
class CiBenchmark:
    """One benchmark of a test session, as pytest-benchmark measured it."""

    name: str
    fullname: str
    group_name: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    extra_info: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    n_rounds: int
    iterations: int
    times_ns: npt.NDArray[np.float64]
    """Time per iteration of each round; the caller may keep fewer than ``n_rounds``."""
    stats: Mapping[str, Any]


@dataclass(frozen=True)
class RecordedChild:
    """What is stored of a child."""

    n_rounds: int
    n_parts: int
    is_complete: bool
    """Its last part is stored."""
