from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from bench_service.cli.table import Column, Section, print_sections, print_table

COLUMNS = (
    Column("name", folds_to=8),
    Column("time", right=True),
    Column("note", leaves=1),
    Column("more", leaves=2),
)
ROWS = [
    ("relu", "1.0 µs", "as it was", "so it goes"),
    ("a name of many words that folds", "120 ns", "–", "µ"),
    ("漢字漢字", "3 s", "wide characters", ""),
]


def printed(width, rows=ROWS, columns=COLUMNS):
    out = io.StringIO()
    terminal = {} if width is None else {"width": width, "force_terminal": True}
    print_table(Console(file=out, color_system=None, **terminal), columns, rows)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", range(16, 100))
def test_no_line_is_wider_than_the_terminal(width):
    lines = printed(width)
    assert max(cell_len(line) for line in lines if "Left out" not in line) <= width


def test_the_least_important_columns_leave_first_and_that_is_said():
    wide, narrow, narrower = (printed(width) for width in (90, 40, 28))
    assert wide[0].split() == ["name", "time", "note", "more"]
    assert narrow[0].split() == ["name", "time", "note"]
    assert narrow[-1] == "Left out at this width: more."
    assert narrower[0].split() == ["name", "time"]
    assert "note, more" in narrower[-1]


def test_nothing_that_stays_is_cut_off():
    for width in range(20, 100):
        text = " ".join(word for line in printed(width) for word in line.split())
        for word in ["a", "name", "of", "many", "words", "that", "folds"]:
            assert word in text
        assert "1.0 µs" in text
        assert "…" not in text


def test_without_a_terminal_every_column_is_there_and_no_line_folds():
    lines = printed(None)
    assert len(lines) == 1 + len(ROWS)
    assert lines[2].startswith("a name of many words that folds  120 ns")


def test_numbers_are_aligned_to_the_right_and_no_line_ends_in_spaces():
    lines = printed(None)
    ends = {
        line.index(value) + len(value)
        for line, value in zip(lines[1:3], ["1.0 µs", "120 ns"], strict=True)
    }
    assert len(ends) == 1
    assert not any(line.endswith(" ") for line in lines)


def test_sections_share_their_columns():
    out = io.StringIO()
    columns = (Column("a"), Column("b"))
    sections = [Section("First", [("x", "1")]), Section("Second", [("longer", "2")])]
    print_sections(Console(file=out), columns, sections)
    assert out.getvalue().splitlines() == [
        "a       b", "First", "x       1", "Second", "longer  2",
    ]  # fmt: skip


def test_an_empty_table_is_its_header():
    assert printed(None, rows=[]) == ["name  time  note  more"]
