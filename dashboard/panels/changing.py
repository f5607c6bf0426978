"""Cancelling a job and submitting one again, where the pages may write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from dashboard import commands, data, writing
from dashboard.markup import plain
from dashboard.service.jobs import choice
from dashboard.service.snapshot import Snapshot, records
from dashboard.words import listing

TOLD = "told-of-change"
TO_CANCEL = "job-to-cancel"
TO_REPEAT = "again-choice"
Choices = dict[str, str]
"""What a list says of each job, by its id."""


def panel(found: Snapshot) -> None:
    """Both, or how they are enabled."""
    st.subheader("Cancel or submit again", anchor="change")
    if not writing.is_enabled():
        st.markdown("These pages only read. Started like this, they do both:")
        st.code(
            data.command(f"{commands.PROGRAM} dashboard --allow-writes"),
            language="bash",
            wrap_lines=True,
        )
        return
    _tell()
    open_jobs = [*records(found.running), *records(found.in_line)]
    asked = _choices(open_jobs, found)
    left, right = st.columns(2)
    with left:
        _cancelling(asked)
    with right:
        _resubmitting(_choices(records(found.ended), found))


def _choices(jobs: list[dict[str, object]], found: Snapshot) -> Choices:
    return {str(job["uid"]): choice(job, found.now) for job in jobs}


def _cancelling(asked: Choices) -> None:
    uid = st.selectbox(
        "Job to cancel", list(asked), index=None, format_func=lambda each: asked.get(each, each),
        key="cancel-choice", placeholder="Choose a job" if asked else "No job waits or runs",
        disabled=not asked,
    )  # fmt: skip
    st.button(
        "Cancel it…", key="cancel", disabled=uid is None, on_click=_set, args=(TO_CANCEL, uid)
    )
    sure: str | None = st.session_state.get(TO_CANCEL)
    if sure is None:
        return
    with st.container(border=True):
        st.markdown(
            f"Cancel **{plain(asked.get(sure, sure), 150)}**? What was measured of it is kept;"
            " the rest is never measured."
        )
        with st.container(horizontal=True):
            st.button("Yes, cancel it", key="cancel-yes", on_click=_cancel, args=(sure,))
            st.button("No, keep it", key="cancel-no", on_click=_set, args=(TO_CANCEL, None))


def _resubmitting(ended: Choices) -> None:
    uid = st.selectbox(
        "Job to submit again", list(ended), index=None,
        format_func=lambda each: ended.get(each, each), key=TO_REPEAT,
        placeholder="Choose a job" if ended else "No job has ended", disabled=not ended,
    )  # fmt: skip
    st.button("Submit it again", key="again", disabled=uid is None, on_click=_again, args=(uid,))


def _set(key: str, value: str | None) -> None:
    st.session_state[key] = value


def _cancel(uid: str) -> None:
    _set(TO_CANCEL, None)

    def cancel() -> str:
        if writing.cancel(uid):
            return f"Job {uid} is cancelled. If it was running, it stops within seconds."
        return f"Job {uid} had ended before; nothing changed."

    _told(cancel)


def _again(uid: str) -> None:
    def again() -> str:
        job = writing.resubmit(uid)
        _set(TO_REPEAT, None)  # a second click isn't a second job
        said = f"Job {job.uid} was submitted: the same suite as {uid}."
        if job.takers:
            return f"{said} {plain(listing(list(job.takers)))} can take it."
        return f"{said} No live worker has what it needs, so it waits."

    _told(again)


def _told(change: Callable[[], str]) -> None:
    """Make a change, and keep what became of it for the page to say."""
    when = f"{datetime.now(UTC):%H:%M} UTC"
    try:
        st.session_state[TOLD] = (True, when, change())
    except writing.REFUSALS as error:
        st.session_state[TOLD] = (False, when, plain(error))


def _tell() -> None:
    if TOLD not in st.session_state:
        return
    is_done, when, said = st.session_state[TOLD]
    if is_done:
        st.success(f"{when}: {said}", icon=":material/check:")
    else:
        st.error(f"**Nothing changed at {when}.** {said}", icon=":material/error:")
