"""Which job a reference means, and which jobs are asked for, on both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_rows import at, give_job
from sqlalchemy import delete

from db import queries
from db.errors import UnknownJobError
from db.tables import Job

ONCE_PER_STORE = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_latest_is_the_job_submitted_last(store):
    with pytest.raises(UnknownJobError, match="no job yet"):
        queries.find_job(store, "latest")
    for uid, hour in (("a", 1), ("b", 2), ("c", 0)):
        give_job(store, uid, submitted_at=at(hour))
    assert queries.find_job(store, "latest") == "b"


def test_a_label_means_the_newest_job_that_carries_it(store):
    for uid, hour in (("a", 1), ("b", 2), ("c", 0)):
        give_job(store, uid, label="mine", submitted_at=at(hour))
    give_job(store, "d", submitted_at=at(3))
    assert queries.find_job(store, "mine") == "b"


def test_an_id_goes_before_a_label(store):
    give_job(store, "abc")
    give_job(store, "def", label="abc", submitted_at=at(1))
    assert queries.find_job(store, "abc") == "abc"


def test_a_job_is_found_by_the_beginning_of_its_id_where_that_is_its_alone(store):
    for uid in ("0a1", "0a2", "0b1"):
        give_job(store, uid)
    assert queries.find_job(store, "0b") == "0b1"
    with pytest.raises(UnknownJobError, match="Several") as caught:
        queries.find_job(store, "0a")
    assert caught.value.allowed == "0a2, 0a1"
    assert caught.value.next_step == "give more letters"


@pytest.mark.parametrize("reference", ["", "%", "_", "nothing", "LATEST"])
def test_a_reference_to_no_job_lists_the_jobs_there_are(store, reference):
    with pytest.raises(UnknownJobError, match="holds no jobs"):
        queries.find_job(store, reference)
    give_job(store, "a", label="mine")
    with pytest.raises(UnknownJobError) as caught:
        queries.find_job(store, reference)
    assert caught.value.allowed == "a (mine)"


letters = st.text("ab", min_size=1, max_size=4)


@ONCE_PER_STORE
@given(st.lists(st.tuples(letters, st.none() | letters), unique_by=lambda job: job[0]), letters)
def test_any_reference_means_the_id_the_newest_label_or_the_only_beginning(store, jobs, reference):
    with store.transaction() as connection:
        connection.execute(delete(Job))
    for hour, (uid, label) in enumerate(jobs):
        give_job(store, uid, label=label, submitted_at=at(hour))
    same = [uid for uid, _ in jobs if uid == reference]
    labelled = [uid for uid, label in jobs if label == reference][-1:]
    begins = [uid for uid, _ in jobs if uid.startswith(reference)]
    meant = same or labelled or begins
    if len(meant) == 1:
        assert queries.find_job(store, reference) == meant[0]
    else:
        with pytest.raises(UnknownJobError):
            queries.find_job(store, reference)


statuses = st.sampled_from(["queued", "running", "done", "partial", "failed", "cancelled"])
submitted = st.lists(st.tuples(st.integers(0, 5), statuses, st.none() | st.just("nightly")))


@ONCE_PER_STORE
@given(submitted, st.none() | st.sets(statuses), st.none() | st.just("nightly"), st.integers(1, 4))
def test_any_question_for_jobs_is_answered_as_by_a_list(store, jobs, asked, schedule, limit):
    with store.transaction() as connection:
        connection.execute(delete(Job))
    for number, (hour, status, name) in enumerate(jobs):
        give_job(store, str(number), submitted_at=at(hour), status=status, schedule=name)
    fit = [
        (hour, number)
        for number, (hour, status, name) in enumerate(jobs)
        if (asked is None or status in asked) and (schedule is None or name == schedule)
    ]
    answer = queries.jobs(store, limit=limit, statuses=asked, schedule=schedule)
    assert answer.uid.tolist() == [str(number) for _, number in sorted(fit, reverse=True)[:limit]]
