"""A job that is asked for again."""

from __future__ import annotations

import pytest
from job_store import JobStore
from sqlalchemy import select

from bench_service.errors import JobError
from bench_service.service import submission
from db.tables import Job


@pytest.fixture
def jobs(tmp_path):
    """A store for jobs."""
    with JobStore(tmp_path / "store.db") as opened:
        yield opened


def rows(store):
    with store.transaction(reads_only=True) as connection:
        found = connection.execute(select(*Job.__table__.c).order_by(Job.id)).mappings()
        return [dict(row) for row in found]


def test_a_job_submitted_again_is_another_one_of_the_same_document(jobs):
    jobs.worker(routes=("cpu", "cuda"))
    uid = jobs.submit("mine", route="cuda", priority=3)
    jobs.end(jobs.begin(uid), "failed", reason="the disk was full")
    store = jobs.store
    done = submission.resubmit(store, uid)
    before, after = rows(store)
    assert done.job.uid == after["uid"] != uid
    for same in ("document", "suite", "label", "route", "priority", "protocol"):
        assert after[same] == before[same], same
    assert (after["status"], after["reason"]) == ("queued", "")
    assert after["submitted_by"] == submission.submitter() != before["submitted_by"]
    assert after["submitted_at"] >= before["submitted_at"]
    assert [worker.rpartition("/")[2] for worker in done.takers] == ["main"]
    assert before["status"] == "failed"


def test_what_a_schedule_had_asked_for_is_a_person_s_when_it_is_submitted_again(jobs):
    uid = jobs.submit("nightly", schedule="nightly", due_at=jobs.now)
    store = jobs.store
    submission.resubmit(store, uid)
    after = rows(store)[1]
    assert after["schedule"] is None
    assert after["due_at"] is None


def test_a_job_that_no_live_worker_can_take_says_so(jobs):
    uid = jobs.submit(route="gpu:H200")
    store = jobs.store
    assert list(submission.resubmit(store, uid).takers) == []


def test_an_unknown_job_can_t_be_submitted_again(jobs):
    store = jobs.store
    with pytest.raises(JobError, match="no job"):
        submission.resubmit(store, "1nope")
    assert rows(store) == []


def test_a_job_of_another_version_of_the_program_isn_t_submitted_again(jobs):
    uid = jobs.submit()
    store = jobs.store
    with store.transaction() as connection:
        document = {**rows(store)[0]["document"], "protocol": 999}
        connection.execute(Job.__table__.update().values(document=document))
    with pytest.raises(JobError, match="another version"):
        submission.resubmit(store, uid)
    assert len(rows(store)) == 1
