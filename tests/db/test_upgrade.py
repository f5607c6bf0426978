"""An upgrade copies the store first, and takes place as a whole or not at all."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from golden_stores import content, rows

import db.migrate
import db.schema
from db.errors import StoreError
from db.migrate import MIGRATIONS, upgrade
from db.schema import HEAD, VERSION_TABLE, release
from db.session import open_store

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "v9_9_9"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("run") as batch:
        batch.add_column(sa.Column("note", sa.Text(), nullable=False, server_default="none"))
        batch.alter_column("engine_version", nullable=True)
    with op.batch_alter_table("timing_part") as batch:
        batch.drop_column("reason")
    {more}
"""


@pytest.fixture
def next_release(tmp_path, monkeypatch):
    """``next_release(more)``: a program whose newest migration is one that rebuilds tables."""
    ours = db.migrate.configuration

    def program(more=""):
        folder = tmp_path / "versions"
        folder.mkdir(exist_ok=True)
        (folder / "v9_9_9.py").write_text(NEXT.format(head=HEAD, more=more))

        def theirs(connection):
            config = ours(connection)
            places = [str(MIGRATIONS / "versions"), str(folder)]
            config.set_main_option("version_locations", ":".join(places))
            return config

        monkeypatch.setattr(db.migrate, "configuration", theirs)
        monkeypatch.setattr(db.migrate, "HEAD", "v9_9_9")
        monkeypatch.setattr(db.schema, "HEAD", "v9_9_9")

    return program


def test_an_upgrade_backs_up_rebuilds_and_keeps_everything(
    released, revision, next_release, capsys, caplog
):
    caplog.set_level(logging.WARNING)
    next_release()
    before = content(released)
    done = upgrade(released)
    assert (done.before, done.after) == (release(revision), "9.9.9")
    assert capsys.readouterr() == ("", "")
    assert caplog.records == []
    with open_store(released) as store:
        strict = dict(rows(store, "SELECT name, strict FROM pragma_table_list"))
        assert strict["run"] == strict["timing_part"] == 1
        assert rows(store, "SELECT DISTINCT note FROM run") == [("none",)]
    after = content(released)
    assert {name: len(after[name]) for name in before if name != "meta"} == {
        name: len(found) for name, found in before.items() if name != "meta"
    }
    assert all(before.values())
    assert content(done.backup) == before
    copy = sqlite3.connect(done.backup)
    assert copy.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() == (revision,)
    copy.close()


@pytest.mark.parametrize(
    "more",
    ["raise RuntimeError('half way')", "op.execute('DELETE FROM timing_case')"],
    ids=["error", "orphans"],
)
def test_an_upgrade_that_fails_leaves_the_store_as_it_was(released, next_release, more):
    def dump():
        connection = sqlite3.connect(released)
        lines = list(connection.iterdump())
        connection.close()
        return lines

    before = dump()
    next_release(more)
    with pytest.raises((RuntimeError, StoreError)):
        upgrade(released)
    assert dump() == before


def test_a_server_is_upgraded_as_a_whole_too(database, next_release):
    open_store(database).close()
    next_release("raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        upgrade(database)
    next_release()
    assert upgrade(database).after == "9.9.9"
    with open_store(database) as store:
        assert rows(store, "SELECT note FROM run") == []
