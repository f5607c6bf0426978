"""The moments that a cron text means, also where clocks are put forward and back."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import pytest
from fixed_clock import utc
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_service.errors import JobError
from bench_service.service.cron import Cron, checked_cron

NIGHTLY = Cron("30 2 * * *", "Europe/Berlin")
HALF_HOURLY = Cron("*/30 * * * *", "Europe/Berlin")
# Berlin's clocks: 29 March 2026 from 02:00 (01:00 UTC) to 03:00, 25 October from 03:00 (01:00 UTC)
# to 02:00.


def first(moments, n):
    return list(islice(moments, n))


def test_a_moment_is_by_the_clocks_of_its_zone():
    assert first(NIGHTLY.after(utc(2026, 1, 5)), 1) == [utc(2026, 1, 5, 1, 30)]
    assert first(NIGHTLY.after(utc(2026, 7, 5)), 1) == [utc(2026, 7, 5, 0, 30)]
    assert first(Cron("30 2 * * *").after(utc(2026, 7, 5)), 1) == [utc(2026, 7, 5, 2, 30)]


def test_the_moment_itself_is_not_after_it_and_is_up_to_it():
    due = utc(2026, 7, 5, 0, 30)
    assert first(NIGHTLY.after(due), 1) == [utc(2026, 7, 6, 0, 30)]
    assert first(NIGHTLY.until(due), 1) == [due]
    just_before = due - timedelta(microseconds=1)
    assert first(NIGHTLY.after(just_before), 1) == [due]
    assert first(NIGHTLY.until(just_before), 1) == [utc(2026, 7, 4, 0, 30)]


def test_a_moment_that_the_clocks_leave_out_is_due_when_they_are_put_forward():
    assert first(NIGHTLY.after(utc(2026, 3, 28, 12)), 2) == [
        utc(2026, 3, 29, 1, 0),  # 03:00 in Berlin, where it would have been 02:00
        utc(2026, 3, 30, 0, 30),
    ]


def test_a_moment_that_the_clocks_show_twice_is_due_the_first_time():
    assert first(NIGHTLY.after(utc(2026, 10, 24, 12)), 2) == [
        utc(2026, 10, 25, 0, 30),
        utc(2026, 10, 26, 1, 30),
    ]
    between = utc(2026, 10, 25, 0, 45)  # the clocks will show 02:30 again
    assert first(NIGHTLY.after(between), 1) == [utc(2026, 10, 26, 1, 30)]
    assert first(NIGHTLY.until(utc(2026, 10, 25, 1, 45)), 1) == [utc(2026, 10, 25, 0, 30)]


def test_half_hours_come_once_each_through_both_changes():
    assert first(HALF_HOURLY.after(utc(2026, 3, 29, 0, 10)), 4) == [
        utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 0), utc(2026, 3, 29, 1, 30),
        utc(2026, 3, 29, 2, 0),
    ]  # fmt: skip
    assert first(HALF_HOURLY.after(utc(2026, 10, 24, 23, 40)), 4) == [
        utc(2026, 10, 25, 0, 0), utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 2, 0),
        utc(2026, 10, 25, 2, 30),
    ]  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from(["30 2 * * *", "*/20 * * * *", "0 0 1 * *", "15 1,2,3 * * sun"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.integers(0, 366 * 24 * 60),
)
def test_looking_forward_and_looking_back_find_the_same_moments(text, zone, minutes):
    cron, start = Cron(text, zone), utc(2026, 1, 1) + timedelta(minutes=minutes)
    coming = first(cron.after(start), 6)
    assert coming == sorted(set(coming))
    assert first(cron.until(coming[-1]), 6) == coming[::-1]


def test_spaces_are_made_one_and_names_of_days_are_read():
    cron = checked_cron(" 0  */6 * *   mon-fri ", "UTC", utc(2026, 1, 3))  # a Saturday
    assert cron.text == "0 */6 * * mon-fri"
    assert first(cron.after(utc(2026, 1, 3)), 1) == [utc(2026, 1, 5)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("* * *", "3 fields"),
        ("", "0 fields"),
        ("@daily", "1 fields"),
        ("0 0 0 * * *", "6 fields"),
        ("61 * * * *", "61"),
        ("0 0 30 2 *", "next date"),
        ("R * * * *", "by chance"),
        ("H(0-5) * * * *", "by chance"),
        ("a b c d e", "a b c d e"),
        ("*/0 * * * *", "*/0"),
    ],
)
def test_a_text_of_which_no_moments_come_is_refused_with_an_example(text, why):
    with pytest.raises(JobError) as caught:
        checked_cron(text, "UTC", utc(2026, 1, 1))
    assert why in caught.value.got
    assert "'30 2 * * *'" in caught.value.allowed
    assert caught.value.next_step


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../../etc/passwd", "CET+1", "\0"])
def test_an_unknown_zone_is_refused_with_examples(zone):
    with pytest.raises(JobError) as caught:
        checked_cron("0 0 * * *", zone, utc(2026, 1, 1))
    assert caught.value.got == repr(zone)
    assert "Europe/Berlin" in caught.value.allowed
