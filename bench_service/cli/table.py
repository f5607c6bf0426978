"""Tables that fit the terminal: less important columns leave, texts fold, nothing is cut off."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

GAP = 2
Cell = str | Text
Row = Sequence[Cell]


@dataclass(frozen=True)
class Column:
    """A column; what it may give up where the terminal is narrow."""

    title: str
    right: bool = False
    leaves: int = 0
    """0: it always stays. Of the others, that with the highest number leaves first."""
    folds_to: int = 0
    """0: its cells are never folded; else they are, into lines no shorter than this."""


@dataclass(frozen=True)
class Section:
    """Rows under a title that takes a line of its own."""

    title: str
    rows: Sequence[Row]


def print_table(out: Console, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Print rows under a header."""
    print_sections(out, columns, [Section("", list(rows))])


def print_sections(out: Console, columns: Sequence[Column], sections: Sequence[Section]) -> None:
    """Print sections under one header, their columns aligned with each other."""
    rows = [row for section in sections for row in section.rows]
    available = None if not out.is_terminal else out.width
    natural = [
        max([cell_len(column.title), *(cell_len(str(row[i])) for row in rows)])
        for i, column in enumerate(columns)
    ]
    kept = kept_columns(columns, natural, available)
    widths = folded_widths(columns, natural, kept, available)
    _print_row(out, [Text(columns[i].title, "bold") for i in kept], columns, kept, widths)
    for section in sections:
        if section.title:
            out.print(Text(section.title, "bold"))
        for row in section.rows:
            _print_row(out, [row[i] for i in kept], columns, kept, widths)
    left_out = [column.title for i, column in enumerate(columns) if i not in kept]
    if left_out:
        more = f"Left out at this width: {', '.join(left_out)}."
        out.print(Text(more, "dim"))


def kept_columns(
    columns: Sequence[Column], natural: Sequence[int], available: int | None
) -> list[int]:
    """The columns that stay: all where they fit, folded where need be."""
    kept = list(range(len(columns)))
    least = [
        min(width, column.folds_to) if column.folds_to else width
        for column, width in zip(columns, natural, strict=True)
    ]
    while available is not None and _total(least, kept) > available:
        leaving = max(kept, key=lambda i: columns[i].leaves)
        if not columns[leaving].leaves:
            break  # the terminal itself folds what no table can
        kept.remove(leaving)
    return kept


def folded_widths(
    columns: Sequence[Column], natural: Sequence[int], kept: Sequence[int], available: int | None
) -> dict[int, int]:
    """The width of every column that stays; those that fold share what is missing."""
    widths = {i: natural[i] for i in kept}
    while available is not None and _total(widths, kept) > available:
        foldable = [i for i in kept if 0 < columns[i].folds_to < widths[i]]
        if not foldable:
            break
        widths[max(foldable, key=lambda i: widths[i])] -= 1
    return widths


def _total(widths: Sequence[int] | dict[int, int], kept: Sequence[int]) -> int:
    return sum(widths[i] for i in kept) + GAP * (len(kept) - 1)


def _print_row(
    out: Console, cells: Row, columns: Sequence[Column], kept: Sequence[int], widths: dict[int, int]
) -> None:
    folded = [_folded(cell, widths[i]) for i, cell in zip(kept, cells, strict=True)]
    for k in range(max(len(lines) for lines in folded)):
        line = Text()
        for i, lines in zip(kept, folded, strict=True):
            cell = lines[k] if k < len(lines) else Text()
            padding = " " * (widths[i] - cell.cell_len)
            line.append_text(Text(padding) + cell if columns[i].right else cell + Text(padding))
            line.append(" " * GAP)
        line.rstrip()
        out.print(line, soft_wrap=True)


def _folded(cell: Cell, width: int) -> list[Text]:
    text = cell if isinstance(cell, Text) else Text(cell)
    if text.cell_len <= width:
        return [text]
    indent = " " * (len(text.plain) - len(text.plain.lstrip()))
    lines = textwrap.wrap(text.plain, width, subsequent_indent=indent) or [""]
    return [Text(line, text.style) for line in lines]
