"""Schedules as the store keeps them."""

from __future__ import annotations

import pytest
from asked_jobs import SUITE
from fixed_clock import FixedClock

from bench_service.errors import JobError
from bench_service.service.cron import Cron
from bench_service.service.schedules import Schedules, document_of
from bench_service.suite import parse_suite
from db import queries

SMALL = parse_suite(SUITE, "a test")
CRON = Cron("30 2 * * *", "Europe/Berlin")


@pytest.fixture
def schedules(store):
    return Schedules(store, FixedClock(2026, 5, 1, 12))


def add(schedules, name="nightly", **changes):
    values = {"route": "cpu", "created_by": "ann@lab"}
    return schedules.add(name, CRON, document_of(SMALL, "/home/ann"), **(values | changes))


def test_a_schedule_is_there_as_it_was_added_with_its_whole_suite(store, schedules):
    added = add(schedules, missed="all", route="gpu:H200")
    assert schedules.standing() == [added] == [schedules.find("nightly")]
    assert added.document["suite"]["activations"] == ["relu"]
    assert (added.document["seed"], added.document["folder"]) == (None, "/home/ann")
    (row,) = queries.schedules(store).to_dict("records")
    assert (row["cron"], row["time_zone"], row["missed"]) == ("30 2 * * *", "Europe/Berlin", "all")
    assert (row["suite"], row["route"]) == ("tiny", "gpu:H200")


def test_a_name_is_given_once_until_its_schedule_is_removed(schedules):
    add(schedules)
    with pytest.raises(JobError, match="There is a schedule of that name") as caught:
        add(schedules)
    assert "remove nightly" in caught.value.next_step
    schedules.remove("nightly")
    assert schedules.standing() == []
    assert add(schedules, route="cuda") == schedules.find("nightly")


@pytest.mark.parametrize("ask", [Schedules.find, Schedules.remove])
def test_an_unknown_name_is_refused_with_the_known_ones(schedules, ask):
    add(schedules, "weekly")
    add(schedules, "gone")
    schedules.remove("gone")
    with pytest.raises(JobError) as caught:
        ask(schedules, "gone")
    assert (caught.value.got, caught.value.allowed) == ("'gone'", "weekly")


@pytest.mark.parametrize("name", ["", "a b", "x" * 41, "n/1", "-\n", "été"])
def test_what_can_not_be_a_name_is_refused(schedules, name):
    with pytest.raises(JobError, match="can't be a schedule's name"):
        add(schedules, name)


def test_an_unknown_way_with_missed_moments_is_refused_with_the_known_ones(schedules):
    with pytest.raises(JobError) as caught:
        add(schedules, missed="twice")
    assert "once" in caught.value.allowed
    assert "skip" in caught.value.allowed
