"""What is answered of schedules, and of the moments at which they were due."""

from __future__ import annotations

import pandas as pd
from service_rows import at, give_firing, give_job, give_schedule

from db import queries


def test_schedules_tell_the_last_time_that_they_were_due(store):
    give_schedule(store, "weekly", enabled=False)
    give_schedule(store, "nightly", missed="all", document={"suite": {"name": "standard"}})
    give_schedule(store, "gone", removed_at=at(1))
    give_job(store, "a", status="partial")
    give_job(store, "b", status="done")
    give_firing(store, "nightly", at(3), job_uid="a")
    give_firing(store, "nightly", at(1), job_uid="b")
    give_firing(store, "gone", at(4))
    nightly, weekly = queries.schedules(store).to_dict("records")
    assert (nightly["name"], nightly["suite"], nightly["missed"]) == ("nightly", "standard", "all")
    assert (nightly["cron"], nightly["time_zone"]) == ("0 5 * * *", "Europe/Berlin")
    assert nightly["last_due_at"] == at(3)
    assert (nightly["last_job_uid"], nightly["last_status"]) == ("a", "partial")
    assert (weekly["name"], weekly["enabled"]) == ("weekly", False)
    names = ("last_due_at", "last_job_uid", "last_status")
    assert all(pd.isna(weekly[name]) for name in names)


def test_firings_are_the_newest_of_a_schedule_newest_first(store):
    give_job(store, "a", status="running")
    give_firing(store, "nightly", at(1), note="missed")
    give_firing(store, "nightly", at(3), job_uid="a")
    give_firing(store, "nightly", at(2), job_uid="vanished")
    give_firing(store, "weekly", at(9))
    answer = queries.firings(store, "nightly")
    assert answer.due_at.tolist() == [at(3), at(2), at(1)]
    assert answer.note.tolist() == ["", "", "missed"]
    assert answer.status.isna().tolist() == [False, True, True]
    assert answer.status[0] == "running"
    assert answer.job_uid.isna().tolist() == [False, False, True]
    assert queries.firings(store, "nightly", 1).due_at.tolist() == [at(3)]
