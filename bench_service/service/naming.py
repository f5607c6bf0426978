"""Names that people give: of workers, of schedules."""

from __future__ import annotations

import re

from bench_service.errors import JobError

_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


def check_name(name: str, what: str, next_step: str) -> None:
    """Nothing where the name can be one; JobError, with what is allowed, where it can't."""
    if not _NAME.fullmatch(name):
        raise JobError(
            f"That can't be {what}.",
            got=repr(name),
            allowed="1 to 40 letters, digits, dots, hyphens and underscores",
            next_step=next_step,
        )
