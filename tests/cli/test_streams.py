from __future__ import annotations

import io
import sys
from contextlib import contextmanager

import pytest

from bench_service.cli.output import counted, duration, interval, print_json
from bench_service.cli.streams import tolerate_every_text


@contextmanager
def ascii_output(monkeypatch):
    raw = io.BytesIO()
    with monkeypatch.context() as patched:
        stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
        patched.setattr(sys, "stdout", stream)
        tolerate_every_text()
        yield raw


def test_signs_have_stand_ins_where_the_encoding_lacks_them(monkeypatch):
    with ascii_output(monkeypatch) as written:
        print("1.2 µs – ±3 … größe ✓ \udcff")
        assert written.getvalue() == b"1.2 us - +-3 ... gr??e ? ?\n"


def test_json_is_escaped_where_the_encoding_lacks_characters(monkeypatch):
    with ascii_output(monkeypatch) as written:
        print_json({"label": "größe"})
        assert b"gr\\u00f6\\u00dfe" in written.getvalue()


def test_a_closed_stream_swallows_what_it_gets(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    tolerate_every_text()
    print("nobody reads this")
    sys.stdout.close()


def test_json_refuses_what_json_lacks():
    with pytest.raises(ValueError, match="JSON"):
        print_json({"ratio": float("nan")})


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((1.0416, 1.0312, 1.0531), "1.042 [1.031, 1.053]"),
        ((9.839, 8.327, 11.629), "9.84 [8.33, 11.63]"),
        ((123.46, 120.0, 130.0), "123.5 [120.0, 130.0]"),
        ((1.5, float("nan"), float("nan")), "1.500"),
        ((float("nan"), 1.0, 2.0), "–"),
        ((None, 1.0, 2.0), "–"),
    ],
)
def test_an_interval_has_as_many_decimals_as_it_needs(numbers, text):
    assert interval(*numbers) == text


def test_counts_and_durations_are_words():
    assert [counted(n, "case") for n in (0, 1, 2, 1320)] == [
        "0 cases", "1 case", "2 cases", "1,320 cases",
    ]  # fmt: skip
    assert counted(2, "process", "processes") == "2 processes"
    assert [duration(s) for s in (3.6, 119, 290, 28_800)] == ["4 s", "119 s", "5 min", "8.0 h"]
