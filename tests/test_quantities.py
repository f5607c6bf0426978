from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench_service.quantities import (
    QUANTITIES,
    format_accuracy,
    format_number,
    format_p,
    format_rate,
    format_ratio,
    format_seconds,
    format_share,
    format_steps,
    format_time,
)


@pytest.mark.parametrize(
    ("value_ns", "text"),
    [
        (0, "0 ns"), (0.4, "0.4 ns"), (999.4, "999 ns"), (1234, "1.23 µs"), (12_300, "12.3 µs"),
        (5e6, "5 ms"), (2.5e9, "2.5 s"), (4.2e12, "4,200 s"), (-1500, "-1.5 µs"),
        (999_600, "1 ms"), (999.6, "1 µs"),
    ],
)  # fmt: skip
def test_times_have_three_digits_and_the_unit_that_fits(value_ns, text):
    assert format_time(value_ns) == text


@pytest.mark.parametrize(
    ("value", "text"), [(8.1e9, "8.1 GB/s"), (2e12, "2 TB/s"), (512, "512 B/s"), (0, "0 B/s")]
)
def test_rates_are_in_decimal_bytes_a_second(value, text):
    assert format_rate(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0417, "1.042"), (9.9994, "9.999"), (12.345, "12.3"), (1234.5, "1,234")],
)
def test_ratios_have_three_decimals_and_from_ten_three_digits(value, text):
    assert format_ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(27.0, "27.0"), (9.9996, "10.0"), (99.96, "100"), (10.04, "10.0"), (1234.4, "1,234")],
)
def test_an_interval_of_ratios_has_as_many_digits_at_both_ends(value, text):
    assert format_ratio(value) == text


def test_shares_and_numbers():
    assert format_share(0.374) == "37 %"
    assert format_number(4.0) == "4"


def test_accuracies_show_what_one_test_image_more_changes():
    """360 test digits: one of them is 0.28 percentage points, which whole percents would hide."""
    assert (format_accuracy(350 / 360), format_accuracy(351 / 360)) == ("97.2 %", "97.5 %")


def test_steps_are_counted_and_seconds_have_the_unit_that_fits():
    assert format_steps(1234.4) == "1,234"
    assert format_seconds(0.00125) == "1.25 ms"
    assert format_seconds(75.0) == "75 s"


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.0312, "0.031"), (1.0, "1"), (0.00049, "0.00049"), (0.0001, "0.0001"), (9e-5, "< 0.0001")],
)
def test_p_values_have_two_digits_and_no_false_precision(p_value, text):
    assert format_p(p_value) == text


@given(st.floats(0.1, 1e12))
def test_a_printed_time_is_within_half_a_digit_of_the_value(value):
    number, unit = format_time(value).split()
    factor = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]
    number = number.replace(",", "")
    assert float(number) * factor == pytest.approx(value, rel=0.0051)
    assert float(number) < 1000 or unit == "s"


def test_every_quantity_has_a_name_a_unit_and_a_way_to_be_shown():
    for symbol, quantity in QUANTITIES.items():
        assert quantity.symbol == symbol
        assert quantity.long_name
        assert quantity.unit
        assert quantity.show(None) == quantity.show(math.nan) == "–"
        assert quantity.show(1.0) not in ("", "–")
