"""The one door through which the pages write: jobs are cancelled and submitted again, no more.

It is shut unless the pages were started with ``--allow-writes`` and are served on loopback alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import streamlit as st

from bench_service.errors import BenchServiceError, JobError
from dashboard.launch import ALLOW_WRITES
from db.errors import StoreError
from db.location import default_url
from db.session import Store, open_store

WAIT_MS = 5_000
"""Another writer is waited for so long."""
REFUSALS = (StoreError, BenchServiceError)


@dataclass(frozen=True)
class Again:
    """The new job, and the live workers that can take it."""

    uid: str
    takers: Sequence[str]


def is_enabled() -> bool:
    """True where whoever started the pages allowed it and nobody elsewhere can reach them."""
    return os.environ.get(ALLOW_WRITES) == "1" and is_loopback(st.get_option("server.address"))


def is_loopback(address: str | None) -> bool:
    """True for the addresses that this machine alone can reach; none means all there are."""
    if address == "localhost":
        return True
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def cancel(uid: str) -> bool:
    """True where the job hadn't ended. A StoreError or JobError says why it can't be done."""
    from bench_service.service import submission

    with _opened() as store:
        return submission.cancel(store, uid)


def resubmit(uid: str) -> Again:
    """A new job of the same document. A StoreError or JobError says why there is none."""
    from bench_service.service import submission

    with _opened() as store:
        done = submission.resubmit(store, uid)
    return Again(done.job.uid, done.takers)


def _opened() -> Store:
    if not is_enabled():
        raise JobError(
            "These pages only read.",
            next_step="start them with `bench-service dashboard --allow-writes`",
        )
    return open_store(default_url(), create=False, busy_timeout_ms=WAIT_MS)
