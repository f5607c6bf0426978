"""Who a worker is, and that there is only one of it."""

from __future__ import annotations

import fcntl
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench_service.errors import JobError

_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


def identity_of(name: str, host: str | None = None) -> str:
    """``HOST/NAME``; JobError for a name that can't be one."""
    if not _NAME.fullmatch(name):
        raise JobError(
            "That can't be a worker's name.",
            got=repr(name),
            allowed="1 to 40 letters, digits, dots, hyphens and underscores",
            next_step="choose another --name",
        )
    return f"{host or platform.node()}/{name}"


@contextmanager
def alone(identity: str, folder: Path | None = None) -> Iterator[None]:
    """A block in which no other process of this machine has that identity; JobError where one has.

    Two workers of one identity would both take up what that identity had been doing. The kernel
    lets go of the lock when the process ends, however it does.
    """
    path = _path(identity, folder or Path(tempfile.gettempdir()))
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise JobError(
            "The lock of this worker's name can't be taken.",
            got=str(error),
            next_step="choose another --name, or remove the file if no worker runs",
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JobError(
                "A worker of that name runs on this machine already.",
                got=identity,
                next_step="stop it first, or give this one another --name",
            ) from None
        yield
    finally:
        os.close(descriptor)


def _path(identity: str, folder: Path) -> Path:
    return folder / f"bench-service-worker-{identity.replace('/', '-')}.lock"
