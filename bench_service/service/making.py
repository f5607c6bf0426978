"""The queue's database on a server, made where it isn't there yet."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from db.engine import patient
from db.location import Location

_MAINTENANCE = "postgres"
"""The database that a server has for those who make others."""


def make_database(place: Location) -> None:
    """Nothing changes where it is there; errors of SQLAlchemy where it can't be made."""
    if place.path is not None:
        return
    try:
        with _engine(place.url).connect():
            return
    except OperationalError as error:
        if "does not exist" not in str(error.orig):
            raise
    url = make_url(place.url)
    server = _engine(url.set(database=_MAINTENANCE).render_as_string(hide_password=False))
    with server.connect() as connection:
        name = connection.dialect.identifier_preparer.quote(str(url.database))
        try:
            connection.execute(text(f"CREATE DATABASE {name}"))
        except (IntegrityError, ProgrammingError) as error:
            if getattr(error.orig, "sqlstate", "") not in ("42P04", "23505"):  # somebody was faster
                raise


def _engine(url: str) -> Engine:
    return create_engine(patient(make_url(url)), isolation_level="AUTOCOMMIT", poolclass=NullPool)
