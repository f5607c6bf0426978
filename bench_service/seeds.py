"""Named random streams: what one draws never shifts what another draws."""

from __future__ import annotations

import hashlib
import secrets

SEEDS = 2**31
"""A run's seed lies below."""


def new_seed() -> int:
    """A seed that nobody chose, for a run that will keep it."""
    return secrets.randbelow(SEEDS)


def seed_of(seed: int, *names: str | int) -> int:
    """A number below 2^63 for a generator of one purpose: ``seed_of(3, "split")``.

    Equal for equal arguments on every machine, and unrelated for others: the first eight bytes
    of a SHA-256. Streams are named rather than drawn from one another, so that an activation that
    draws noise trains on the same batches from the same weights as one that doesn't.
    """
    text = "/".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
