"""Inserting what may be there already, in the one form that both databases share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from db.tables import Base

Row = Mapping[str, Any]
_BATCH = 1000  # values in one statement; databases limit how many it may hold


def insert_into(connection: Connection, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def put(
    connection: Connection, table: type[Base], unique: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows; where one with the same unique columns exists, its other columns change."""
    if not rows:
        return
    statement = insert_into(connection, table)
    rest = {name: statement.excluded[name] for name in rows[0] if name not in unique}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(unique), set_=rest),
        [dict(row) for row in rows],
    )


def key_of(connection: Connection, table: type[Base], unique: Row, rest: Row) -> int:
    """The id of the row with these unique columns; inserted with the rest where it is missing."""
    columns = table.__table__.c
    wanted = select(columns.id).where(*(columns[name] == value for name, value in unique.items()))
    found = connection.scalar(wanted)
    if found is None:
        row = {**unique, **rest}
        connection.execute(insert_into(connection, table).on_conflict_do_nothing(), row)
        found = connection.execute(wanted).scalar_one()
    return int(found)


def ids_by_fingerprint(
    connection: Connection, table: type[Base], rows: Mapping[str, Row]
) -> dict[str, int]:
    """Ids of rows by fingerprint; rows that the store hasn't seen yet are added."""
    ids = _known_ids(connection, table, list(rows))
    missing = [
        {"fingerprint": print_, **row} for print_, row in sorted(rows.items()) if print_ not in ids
    ]
    if missing:
        connection.execute(insert_into(connection, table).on_conflict_do_nothing(), missing)
        ids |= _known_ids(connection, table, [row["fingerprint"] for row in missing])
    return ids


def _known_ids(
    connection: Connection, table: type[Base], fingerprints: Sequence[str]
) -> dict[str, int]:
    columns = table.__table__.c
    ids: dict[str, int] = {}
    for begin in range(0, len(fingerprints), _BATCH):
        batch = columns.fingerprint.in_(fingerprints[begin : begin + _BATCH])
        for print_, id_ in connection.execute(select(columns.fingerprint, columns.id).where(batch)):
            ids[print_] = id_
    return ids
