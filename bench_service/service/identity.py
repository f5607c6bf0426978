"""Who a worker is, and that there is only one of it."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_service.errors import JobError
from bench_service.service.naming import check_name
from bench_service.timing.confine import take_machine_lock


def identity_of(name: str, host: str | None = None) -> str:
    """``HOST/NAME``; JobError for a name that can't be one."""
    check_name(name, "a worker's name", "choose another --name")
    return f"{host or platform.node()}/{name}"


@contextmanager
def alone(identity: str, folder: Path | None = None) -> Iterator[None]:
    """A block in which no other process of this machine has that identity; JobError where one has.

    Two workers of one identity would both take up what that identity had been doing. The kernel
    lets go of the lock when the process ends, however it does.
    """
    try:
        descriptor = take_machine_lock(
            _path(identity, folder or Path(tempfile.gettempdir())), wait=False
        )
    except OSError as error:
        raise JobError(
            "The lock of this worker's name can't be taken.",
            got=str(error),
            next_step="choose another --name, or remove the file if no worker runs",
        ) from error
    if descriptor is None:
        raise JobError(
            "A worker of that name runs on this machine already.",
            got=identity,
            next_step="stop it first, or give this one another --name",
        )
    try:
        yield
    finally:
        os.close(descriptor)


def _path(identity: str, folder: Path) -> Path:
    return folder / f"bench-service-worker-{identity.replace('/', '-')}.lock"
