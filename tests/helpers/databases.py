"""Databases on a server of PostgreSQL that come and go with a test."""

from __future__ import annotations

import secrets

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool


def new_database(server: str, template: str = "template0") -> str:
    """The address of a new database on a server."""
    name = f"test_{secrets.token_hex(6)}"
    run_on(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def drop(server: str, url: str) -> None:
    """Remove a database, whoever is connected to it."""
    run_on(server, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def run_on(server: str, statement: str) -> None:
    """Run a statement outside of any transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))
