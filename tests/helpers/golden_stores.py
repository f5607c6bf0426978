"""Stores as released programs left them, and what is in a store's file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from db.tables import Base

FOLDER = Path(__file__).parents[1] / "db" / "golden"
RELEASES = sorted(path.stem for path in FOLDER.glob("*.sql"))


def golden(revision, file):
    """The file, with the store of that release in it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((FOLDER / f"{revision}.sql").read_text(encoding="utf-8"))
    return file


def content(file):
    """All rows of each of our tables that are in a file, in their order."""
    with closing(sqlite3.connect(file)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in sorted(names & set(Base.metadata.tables))
        }


def rows(store, query):
    """The rows that an SQL text asks an open store for."""
    with store.transaction(reads_only=True) as connection:
        return [tuple(row) for row in connection.execute(text(query))]
