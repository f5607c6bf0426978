"""What is asked of a worker: a suite, and how to measure it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench_service.errors import JobError
from bench_service.suite import Suite
from db.tables.run import job_keys

PROTOCOL = 1
"""Of the document below. A worker leaves jobs of a later one to later workers."""

PRIORITY = 100
"""Where nobody asks for another: 1 is the most urgent."""

ENDED = ("done", "partial", "failed", "cancelled")
"""States that a job stays in."""
OPEN = ("queued", "running")
"""The others."""


@dataclass(frozen=True)
class Job:
    """A suite to be measured once; ``document`` is what the store keeps of it."""

    uid: str
    suite: Suite
    seed: int
    folder: str
    """Where files of the user's activations are read from."""
    route: str
    """What the machine must have: see ``routing``."""
    submitted_by: str
    submitted_at: datetime
    label: str | None = None
    priority: int = PRIORITY
    """Jobs with a lower number go first, among equals the older one."""
    schedule: str | None = None
    due_at: datetime | None = None

    @property
    def document(self) -> dict[str, Any]:
        """What a worker needs, as JSON. The whole suite: its file may change or vanish."""
        return document_of(self.suite, self.folder, self.seed)


def document_of(suite: Suite, folder: str, seed: int | None) -> dict[str, Any]:
    """What the store keeps of a job, or of a schedule, whose seed may be open."""
    return {
        "protocol": PROTOCOL,
        "suite": suite.model_dump(mode="json"),
        "seed": seed,
        "folder": folder,
    }


def suite_of(uid: str, document: Mapping[str, Any]) -> Suite:
    """The suite of a stored job; JobError where this program can't read it."""
    protocol = document.get("protocol")
    if protocol != PROTOCOL:
        raise JobError(
            f"Job {uid} was submitted by another version of this program.",
            got=f"a job of protocol {protocol}",
            allowed=f"protocol {PROTOCOL}",
            next_step="upgrade bench-service where the worker runs, or submit the job again",
        )
    return Suite.from_document(document["suite"], f"The suite of job {uid}")


def run_key(uid: str, environment: str) -> str:
    """The idempotency key of a job's run: one for each environment, for halves must compare."""
    return job_keys(uid) + environment[:12]
