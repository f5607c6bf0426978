"""What a page says where it has no answer: why, and which command changes that."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from dashboard import commands, data
from dashboard.kinds import Kind
from dashboard.runs import Run
from dashboard.words import listing
from db.errors import NotFoundError, SchemaVersionError, StoreError

log = logging.getLogger(__name__)


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Whatever fails inside becomes a message in its place; the rest of the page survives."""
    try:
        yield
    except StoreError as error:
        explain(error)
    except Exception as error:
        log.exception("%s failed", what)
        st.error(
            f"**{what} can't be shown.** {type(error).__name__}: {error}",
            icon=":material/error:",
        )


def explain(error: StoreError, command: str = commands.FIRST) -> None:
    """A store's error as people read it: what was wrong, what was given, what to do next."""
    if isinstance(error, NotFoundError):
        empty("There are no measurements yet", f"{error.what} {_given(error)}", command)
        return
    head = "The store needs an upgrade" if isinstance(error, SchemaVersionError) else "No data"
    parts = [f"**{head}.** {error.what}", _given(error)]
    if error.next_step:
        parts.append(f"**Next:** {error.next_step}")
    st.error("  \n".join(part for part in parts if part), icon=":material/database_off:")


def _given(error: StoreError) -> str:
    return f"Looked at: `{error.got}`." if error.got else ""


MEASURE = "Measure something, then reload this page:"


def empty(head: str, why: str, command: str = commands.FIRST, lead: str = MEASURE) -> None:
    """A page without data: why that is, and the command that makes some."""
    st.subheader(head)
    st.markdown(f"{why}  \n{lead}")
    st.code(data.command(command), language="bash", wrap_lines=True)


def nothing_in(run: Run, kind: Kind, others: Sequence[Run]) -> None:
    """A run without a case of the page's kind: why, and where some are."""
    if run.is_measuring:
        empty(
            "This run has only begun"
            if not run.n_cases
            else f"This run has {kind.doing} nothing yet",
            f"**{run.name}** is measuring and has no result for this page yet.",
            f"bench-service show {run.uid}",
            "Reload this page in a while, or see how far it is:",
        )
        return
    if run.status == "interrupted" and not run.n_cases:
        empty(
            "This run was interrupted before its first result",
            f"**{run.name}** can go on from where it was.",
            commands.resume(run.uid),
            "Resume it, then reload this page:",
        )
        return
    if not run.n_cases:
        empty("This run measured nothing", f"**{run.name}** ended as {run.status}.", kind.command)
        return
    why = f"**{run.name}** has no results for this page; {kind.elsewhere} show what it has."
    if others:
        names = listing([f"**{each.name}**" for each in others], limit=3)
        why += f" Of the runs above, these {kind.doing} something: {names}."
    empty(f"This run {kind.doing} nothing", why, kind.command)
