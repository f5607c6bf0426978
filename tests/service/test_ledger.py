"""Jobs and attempts in the store: what may follow what, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pandas as pd
import pytest
from asked_jobs import WHEN, a_job
from handed_over import HEADER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_rows import FIRST, give_attempt, give_job, give_worker
from sqlalchemy import insert, update

from bench_service.errors import JobError
from bench_service.record import Recorder
from bench_service.service import job_rows
from bench_service.service.attempt import Ended, GivenUp
from bench_service.service.job import PROTOCOL, run_key
from bench_service.service.ledger import MAX_LOST, Ledger
from db import queries
from db.tables import JobAttempt, Worker

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)
DONE, LOST, RELEASED = Ended("done"), Ended("lost", "it vanished"), Ended("released")


def job(store, uid):
    (row,) = queries.jobs(store, uid=uid).to_dict("records")
    return row


def outcomes(store, uid):
    return [None if o != o else o for o in queries.job_attempts(store, uid).outcome]


def test_a_job_is_there_as_it_was_asked_for_and_waits(store, ledger):
    asked = a_job(label="nightly", priority=7, schedule="s", due_at=WHEN, route="host:lab")
    uid = ledger.add(asked).uid
    row = job(store, uid)
    assert (row["label"], row["priority"], row["route"]) == ("nightly", 7, "host:lab")
    assert (row["status"], row["n_attempts"], row["reason"]) == ("queued", 0, "")
    assert (row["due_at"], row["submitted_at"]) == (WHEN, WHEN)
    assert ledger.asked(uid) == (asked.document, "nightly")


def test_a_hundred_jobs_of_one_second_have_ids_of_their_own(ledger):
    assert len({ledger.add(a_job()).uid for _ in range(100)}) == 100


def test_of_a_job_that_is_not_there_nothing_is_told_and_nothing_begun(ledger):
    with pytest.raises(JobError, match="no job with that id"):
        ledger.asked("nowhere")
    assert ledger.begin_attempt("nowhere", "lab/a") is None
    assert not ledger.cancel("nowhere", "why")


@pytest.mark.parametrize("outcome", ["done", "partial", "failed"])
def test_a_job_ends_as_its_attempt_did_with_the_run_that_it_led_to(store, ledger, outcome):
    run = Recorder(store).begin_run(HEADER)
    uid = ledger.add(a_job()).uid
    attempt = ledger.begin_attempt(uid, "lab/a")
    assert (attempt.number, attempt.route, attempt.document) == (1, "cpu", a_job().document)
    assert job(store, uid)["status"] == "running"
    ended = Ended(outcome, "why", run, "what it said", 0.25)
    assert ledger.end_attempt(attempt, ended) == outcome
    row = job(store, uid)
    assert (row["status"], row["reason"], row["run"]) == (outcome, "why", run)
    (told,) = queries.job_attempts(store, uid).to_dict("records")
    assert (told["log"], told["worker_cpu_s"], told["reason"]) == ("what it said", 0.25, "why")
    assert ledger.begin_attempt(uid, "lab/b") is None
    assert ledger.waiting() == []


def test_a_job_that_was_given_back_is_queued_again_however_often(store, ledger):
    uid = ledger.add(a_job()).uid
    for _ in range(2 * MAX_LOST):
        assert ledger.end_attempt(ledger.begin_attempt(uid, "lab/a"), RELEASED) == "queued"
    assert job(store, uid)["status"] == "queued"
    assert outcomes(store, uid) == ["released"] * 2 * MAX_LOST


def test_a_job_whose_attempts_are_lost_is_given_up_after_three_with_the_reason(store, ledger):
    uid = ledger.add(a_job()).uid
    said = [ledger.end_attempt(ledger.begin_attempt(uid, "lab/a"), LOST) for _ in range(3)]
    assert said == ["queued", "queued", "failed"]
    row = job(store, uid)
    assert row["reason"] == "given up after 3 attempts that never ended; the last: it vanished"
    assert ledger.begin_attempt(uid, "lab/a") is None


def test_attempts_that_never_ended_count_as_lost_when_the_next_one_begins(store, ledger):
    uid = ledger.add(a_job()).uid
    for number in (1, 2, 3):
        assert ledger.begin_attempt(uid, "lab/a").number == number
    given_up = ledger.begin_attempt(uid, "lab/a")
    assert given_up == GivenUp(job(store, uid)["reason"])
    assert ledger.begin_attempt(uid, "lab/a") is None
    assert outcomes(store, uid) == ["lost"] * 3
    assert job(store, uid)["status"] == "failed"


def test_who_lost_a_job_to_another_can_not_end_it(store, ledger):
    uid = ledger.add(a_job()).uid
    mine = ledger.begin_attempt(uid, "lab/a")
    assert ledger.is_wanted(mine)
    theirs = ledger.begin_attempt(uid, "lab/b")
    assert not ledger.is_wanted(mine)
    assert ledger.is_wanted(theirs)
    assert ledger.end_attempt(mine, DONE) == ""
    assert job(store, uid)["status"] == "running"
    assert ledger.end_attempt(theirs, DONE) == "done"
    assert ledger.end_attempt(theirs, Ended("failed")) == ""
    assert (job(store, uid)["status"], outcomes(store, uid)) == ("done", ["lost", "done"])


@pytest.mark.parametrize(("ended", "status"), [(DONE, "done"), (RELEASED, "queued")])
def test_an_end_that_is_said_again_is_the_same_end(store, ledger, ended, status):
    """A worker whose connection broke while it was stored can't know whether it was."""
    uid = ledger.add(a_job()).uid
    mine = ledger.begin_attempt(uid, "lab/a")
    assert [ledger.end_attempt(mine, ended) for _ in range(2)] == [status, status]
    assert outcomes(store, uid) == [ended.outcome]
    assert ledger.end_attempt(replace(mine, worker="lab/b"), ended) == ""


def test_what_a_dead_worker_was_at_has_ended_and_waits_again_unless_it_was_cancelled(store, ledger):
    cancelled, running = ledger.add(a_job()).uid, ledger.add(a_job()).uid
    for uid in (cancelled, running):
        ledger.begin_attempt(uid, "lab/dead")
    ledger.cancel(cancelled, "no more")
    assert ledger.take_up("lab/other", NOW, LATER) == []
    assert outcomes(store, cancelled) == [None]
    assert ledger.take_up("lab/dead", NOW, LATER) == [(cancelled, None), (running, None)]
    assert (outcomes(store, cancelled), outcomes(store, running)) == (["cancelled"], ["lost"])
    assert (job(store, cancelled)["status"], job(store, running)["status"]) == (
        "cancelled",
        "queued",
    )


def test_who_was_taken_for_dead_and_began_another_attempt_meanwhile_keeps_it(
    store, ledger, monkeypatch
):
    """Between the look at what the dead was at and its end another worker has begun."""
    uid = ledger.add(a_job()).uid
    ledger.begin_attempt(uid, "lab/dead")
    real = job_rows.attempts_of

    def looks_and_is_overtaken(connection, worker, before):
        found = real(connection, worker, before)
        values = {"ended_at": NOW, "outcome": "lost", "reason": ""}
        job_id = job_rows.locked(connection, uid).id
        job_rows.end_open_attempts(connection, job_id, **values)
        connection.execute(
            insert(JobAttempt),
            {"job_id": job_id, "number": 2, "worker": "lab/b", "started_at": NOW},
        )
        return found

    monkeypatch.setattr(job_rows, "attempts_of", looks_and_is_overtaken)
    assert ledger.take_up("lab/dead", NOW, LATER) == [(uid, None)]
    assert job(store, uid)["status"] == "running"
    assert outcomes(store, uid) == ["lost", None]


def test_what_a_name_is_at_since_its_process_began_anew_is_its_own(store, ledger):
    """The look at what the last process left may come late: the store was away."""
    uid = ledger.add(a_job()).uid
    began = ledger.clock()
    ledger.begin_attempt(uid, "lab/a")
    assert ledger.take_up("lab/a", NOW, began) == []
    assert outcomes(store, uid) == [None]


def test_a_beginning_that_is_said_again_is_the_same_attempt(store, ledger):
    """A worker whose connection broke while it was stored can't know whether it was."""
    uid, before = ledger.add(a_job()).uid, ledger.clock()
    first = ledger.begin_attempt(uid, "lab/a", before)
    assert ledger.begin_attempt(uid, "lab/a", before) == first
    assert outcomes(store, uid) == [None]
    # The next process of that name, after a crash, begins another.
    assert ledger.begin_attempt(uid, "lab/a", ledger.clock()).number == 2
    assert outcomes(store, uid) == ["lost", None]


def test_a_worker_is_buried_as_it_was_seen_or_not_at_all(store, ledger):
    uid = ledger.add(a_job()).uid
    give_worker(store, "lab/a", job_uid=uid)
    ledger.begin_attempt(uid, "lab/a")
    seen = {"identity": "lab/a", "pid": 77, "started_at": FIRST, "n_beats": 0, "beat_at": FIRST}
    assert ledger.bury(seen) is None
    assert outcomes(store, uid) == [None]
    assert ledger.bury({**seen, "n_beats": 1}) == [(uid, None)]
    assert (outcomes(store, uid), job(store, uid)["status"]) == (["lost"], "queued")
    assert queries.workers(store)["state"].item() == "lost"


def test_a_lost_attempt_ended_with_its_workers_last_sign_of_life(store):
    moment = [WHEN]
    ledger = Ledger(store, lambda: moment[0])
    uid = ledger.add(a_job()).uid
    ledger.begin_attempt(uid, "lab/dead")
    moment[0] = WHEN + timedelta(hours=3)
    ledger.take_up("lab/dead", WHEN + timedelta(seconds=7), LATER)
    (attempt,) = queries.job_attempts(store, uid).to_dict("records")
    assert attempt["ended_at"] - attempt["started_at"] == timedelta(seconds=7)
    ledger.begin_attempt(uid, "lab/dead")
    ledger.take_up("lab/dead", WHEN, LATER)  # it never gave a sign while it was at it
    assert queries.job_attempts(store, uid).ended_at.iloc[-1] == moment[0]


def test_a_job_that_three_workers_died_with_is_given_up_when_the_third_is_found_dead(store, ledger):
    uid = ledger.add(a_job()).uid
    said = []
    for name in "abc":
        ledger.begin_attempt(uid, f"lab/{name}")
        said += ledger.take_up(f"lab/{name}", NOW, LATER)
    assert said == [(uid, None), (uid, None), (uid, GivenUp(job(store, uid)["reason"]))]
    assert job(store, uid)["status"] == "failed"


def test_a_job_that_a_live_worker_is_at_is_not_begun_by_another(store, ledger):
    uid = ledger.add(a_job()).uid
    give_worker(store, "lab/a")
    mine = ledger.begin_attempt(uid, "lab/a")
    assert ledger.begin_attempt(uid, "lab/b") is None
    assert ledger.is_wanted(mine)
    assert ledger.begin_attempt(uid, "lab/a").number == 2  # it has begun anew itself
    with store.transaction() as connection:
        connection.execute(update(Worker).values(stopped_at=WHEN))
    assert ledger.begin_attempt(uid, "lab/b").number == 3


def test_a_job_that_waits_is_cancelled_for_good(store, ledger):
    uid = ledger.add(a_job()).uid
    assert ledger.cancel(uid, "cancelled by ann")
    assert not ledger.cancel(uid, "again")
    assert ledger.begin_attempt(uid, "lab/a") is None
    assert (job(store, uid)["status"], job(store, uid)["reason"]) == (
        "cancelled",
        "cancelled by ann",
    )


@pytest.mark.parametrize(
    ("ended", "told"),
    [(RELEASED, "cancelled"), (LOST, "cancelled"), (DONE, "done"), (Ended("failed"), "failed")],
)
def test_a_job_that_is_cancelled_while_it_is_measured_stays_so(store, ledger, ended, told):
    run = Recorder(store).begin_run(HEADER)
    uid = ledger.add(a_job()).uid
    attempt = ledger.begin_attempt(uid, "lab/a")
    ledger.cancel(uid, "no more")
    assert not ledger.is_wanted(attempt)
    assert ledger.end_attempt(attempt, replace(ended, run=run)) == "cancelled"
    row = job(store, uid)
    assert (row["status"], row["reason"], row["run"]) == ("cancelled", "no more", run)
    assert outcomes(store, uid) == [told]


def test_a_job_of_a_later_version_is_left_alone(store, ledger):
    give_job(store, "later", protocol=PROTOCOL + 1)
    give_job(store, "now", protocol=PROTOCOL)
    assert ledger.begin_attempt("later", "lab/a") is None
    assert [each.uid for each in ledger.waiting()] == ["now"]
    assert job(store, "later")["status"] == "queued"


def test_waiting_jobs_come_oldest_first_of_the_routes_asked_for_with_who_is_at_them(store, ledger):
    uids = [ledger.add(a_job(route=route)).uid for route in ("cpu", "cuda", "host:lab", "cpu")]
    ledger.begin_attempt(uids[2], "lab/a")
    found = ledger.waiting(("cpu", "host:lab"))
    assert [each.uid for each in found] == [uids[0], uids[2], uids[3]]
    assert [each.worker for each in found] == [None, "lab/a", None]
    assert len(ledger.waiting()) == 4
    assert [each.uid for each in ledger.waiting(limit=1)] == uids[:1]


def test_a_log_is_kept_to_its_last_64_thousand_characters(store, ledger):
    uid = ledger.add(a_job()).uid
    ledger.end_attempt(ledger.begin_attempt(uid, "lab/a"), Ended("done", log="a" + "é" * 65_536))
    assert queries.job_attempts(store, uid).log.item() == "é" * 65_536


def test_a_clock_that_goes_back_harms_nobody(store):
    moments = cycle([WHEN, WHEN - timedelta(days=400)])
    ledger = Ledger(store, lambda: next(moments))
    uid = ledger.add(a_job()).uid
    assert ledger.end_attempt(ledger.begin_attempt(uid, "lab/a"), RELEASED) == "queued"
    attempt = ledger.begin_attempt(uid, "lab/a")
    assert (attempt.number, ledger.end_attempt(attempt, DONE)) == (2, "done")


def test_an_attempt_of_another_job_is_not_mixed_up_with_it(store, ledger):
    one, other = ledger.add(a_job()).uid, ledger.add(a_job()).uid
    give_attempt(store, other, 1)
    assert ledger.begin_attempt(one, "lab/a").number == 1
    assert outcomes(store, other) == [None]


STEPS = st.lists(
    st.sampled_from(["begin", "done", "failed", "released", "lost", "cancel"]), max_size=14
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_any_order_of_steps_leaves_what_a_few_plain_rules_say(store, ledger, steps):
    """Ended stays ended; three lost are a failure; at most one attempt is open, the last.

    Who says an end again hears the same; who says another, or was overtaken, hears nothing.
    """
    uid = ledger.add(a_job()).uid
    status, tries, attempts, told = "queued", [], [], None
    for step in steps:
        is_open = status in ("queued", "running")
        if step == "begin":
            tries = ["lost" if each is None else each for each in tries] if is_open else tries
            begun = ledger.begin_attempt(uid, "lab/a")
            if is_open and tries.count("lost") >= 3:
                status = "failed"
                assert isinstance(begun, GivenUp)
            elif is_open:
                status = "running"
                tries.append(None)
                attempts.append(begun)
                told = None
                assert begun.number == len(tries)
            else:
                assert begun is None
        elif step == "cancel":
            assert ledger.cancel(uid, "") == is_open
            status = "cancelled" if is_open else status
        elif attempts:
            said = ledger.end_attempt(attempts[-1], Ended(step))
            stopped = status == "cancelled" and step in ("released", "lost")
            word = "cancelled" if stopped else step
            if tries[-1] is not None:
                assert said == (status if word == told else "")
                continue
            tries[-1] = told = word
            if is_open:
                is_poison = tries.count("lost") >= 3
                status = step if step in ("done", "failed") else "failed" if is_poison else "queued"
            assert said == status
    assert job(store, uid)["status"] == status
    assert outcomes(store, uid) == tries


@pytest.mark.parametrize("outcome", ["released", "lost"])
def test_a_job_knows_the_run_that_an_attempt_without_a_word_had_begun(store, ledger, outcome):
    uid, other = (ledger.add(a_job()).uid for _ in range(2))
    attempt = ledger.begin_attempt(uid, "lab/a")
    recorder = Recorder(store)
    recorder.begin_run(replace(HEADER, idempotency_key=run_key(other, "e" * 12)))
    run = recorder.begin_run(replace(HEADER, idempotency_key=run_key(uid, "e" * 12)))
    ledger.cancel(uid, "not needed any more")
    ledger.end_attempt(attempt, Ended(outcome))
    assert (job(store, uid)["status"], job(store, uid)["run"]) == ("cancelled", run)


def test_the_id_of_one_job_may_begin_as_another_ones_does(store, ledger):
    uid = ledger.add(a_job()).uid
    attempt = ledger.begin_attempt(uid, "lab/a")
    Recorder(store).begin_run(replace(HEADER, idempotency_key=run_key(f"{uid}x", "e" * 12)))
    ledger.end_attempt(attempt, Ended("released"))
    assert pd.isna(job(store, uid)["run"])
