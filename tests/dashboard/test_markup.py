"""Text of others is shown as it was written."""

from __future__ import annotations

import re

import pytest

from dashboard.markup import first_line, plain, tail, uncontrolled


def rendered(markdown):
    """What CommonMark makes of escapes alone: a backslash before punctuation vanishes."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


@pytest.mark.parametrize(
    "text",
    [
        "**bold**",
        "<b>x</b>",
        "[a](http://b)",
        "`code`",
        "$x^2$",
        "# head",
        "1. one",
        "a_b_c",
        "~~no~~",
    ],
)
def test_no_punctuation_of_a_name_is_left_to_markdown(text):
    assert not re.search(r"(?<!\\)[!-/:-@\[\]-`{-~]", plain(text))
    assert rendered(plain(text)) == text


@pytest.mark.parametrize("text", [":smile:", ":material/close:", "a :red[b] :+1: c"])
def test_names_of_icons_are_parted_by_a_character_without_width(text):
    shown = rendered(plain(text))
    assert not re.search(r":[\w+/-]+:", shown)
    assert shown.replace("\N{WORD JOINER}", "") == text


def test_an_ordinary_route_has_no_character_added():
    assert rendered(plain("gpu:H200")) == "gpu:H200"


def test_a_text_of_several_lines_becomes_one_and_a_long_one_is_cut():
    assert plain("a\n\n  b") == "a b"
    assert rendered(plain("x" * 400, 10)) == "x" * 9 + "…"
    assert plain("x" * 10, 10) == "x" * 10


def test_what_a_terminal_obeys_is_left_out():
    assert uncontrolled("\x1b[31mred\x1b[0m\x07 a\tb\r\nc") == "red a\tb\nc"


def test_of_a_message_the_first_line_says_what_was_wrong():
    assert first_line("\nNo such suite.\ngot: x") == "No such suite."
    assert first_line("") == ""


def test_the_last_lines_of_a_log_are_kept_and_the_cut_is_said():
    log = "\n".join(f"line {i}" for i in range(50))
    assert tail(log, 2) == "… (the end of a longer log)\nline 48\nline 49"
    assert tail("one\ntwo\n", 2) == "one\ntwo"
    assert tail("x" * 100, 2, 10) == "… (the end of a longer log)\n" + "x" * 10


def test_of_a_log_without_end_only_the_end_is_looked_at():
    log = "old\n" * 20_000 + "\x1b[31mlast\x1b[0m\n"
    assert tail(log, 1) == "… (the end of a longer log)\nlast"
