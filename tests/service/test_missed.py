"""What becomes of moments that passed while nobody looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fixed_clock import utc

from bench_service.service.missed import MOST, decided

NOW = utc(2026, 5, 1, 12)


def hours_ago(*hours):
    return [NOW - timedelta(hours=each) for each in hours]


def jobs(decisions):
    return [decision.due_at for decision in decisions if decision.leads_to_job]


@pytest.mark.parametrize("missed", ["once", "skip", "all"])
def test_a_moment_that_has_just_come_leads_to_a_job(missed):
    (decision,) = decided([NOW], NOW, missed, NOW - timedelta(days=1))
    assert (decision.due_at, decision.leads_to_job) == (NOW, True)


def test_once_makes_a_job_of_the_newest_alone_and_says_so_of_the_others():
    decisions = decided(hours_ago(1, 2, 3), NOW, "once", NOW - timedelta(days=1))
    assert [decision.due_at for decision in decisions] == hours_ago(3, 2, 1)
    assert jobs(decisions) == hours_ago(1)
    assert all("missed" in decision.note for decision in decisions[:2])


def test_skip_makes_no_job_of_what_is_more_than_ten_minutes_late():
    moments = [NOW - timedelta(minutes=late) for late in (9, 10, 11, 180)]
    decisions = decided(moments, NOW, "skip", NOW - timedelta(days=1))
    assert jobs(decisions) == moments[1::-1]
    assert "missed by 11 min" in decisions[1].note
    assert "missed by 3 h" in decisions[0].note


def test_all_makes_a_job_of_each():
    assert jobs(decided(hours_ago(1, 2, 3), NOW, "all", NOW - timedelta(days=1))) == hours_ago(
        3, 2, 1
    )


def test_what_was_settled_before_is_left_alone():
    since = NOW - timedelta(hours=2)
    assert jobs(decided(hours_ago(1, 2, 3), NOW, "all", since)) == hours_ago(1)
    assert decided(hours_ago(2, 3), NOW, "all", since) == []


def test_after_a_long_time_away_a_hundred_are_looked_at_and_that_is_said():
    endless = (NOW - timedelta(hours=hours) for hours in range(10**9))
    decisions = decided(endless, NOW, "all", NOW - timedelta(days=4000))
    assert len(decisions) == MOST == 100
    assert "100 newest" in decisions[0].note
    assert len(jobs(decisions)) == MOST - 1


def test_a_hundred_moments_are_all_looked_at():
    decisions = decided(hours_ago(*range(200)), NOW, "all", NOW - timedelta(hours=100))
    assert len(jobs(decisions)) == MOST
