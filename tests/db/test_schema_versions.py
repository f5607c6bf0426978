"""A store of another schema is refused, with both versions and what to do."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.errors import NotFoundError, SchemaVersionError
from db.migrate import upgrade
from db.schema import HEAD, VERSION_TABLE, is_newer, release
from db.session import open_store


def set_version(url, revision):
    with open_store(url) as store, store.transaction() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))


def test_revisions_read_as_releases():
    assert release("v0_1_0") == "0.1.0"
    assert not is_newer("v0_0_9")
    assert not is_newer("v0_1_0")
    assert is_newer("v0_10_0")
    assert is_newer("a1b2c3")


def test_a_newer_store_is_refused_with_both_versions(url):
    open_store(url).close()
    set_version(url, "v9_0_0")
    for attempt in (
        lambda: open_store(url),
        lambda: open_store(url, read_only=True),
        lambda: upgrade(url),
    ):
        with pytest.raises(SchemaVersionError) as caught:
            attempt()
        assert "9.0.0" in str(caught.value)
        assert release(HEAD) in str(caught.value)
        assert "upgrade bench-service" in str(caught.value)


def test_an_older_store_is_refused_with_both_versions_and_the_command(url):
    open_store(url).close()
    set_version(url, "v0_0_1")
    for read_only in (False, True):
        with pytest.raises(SchemaVersionError) as caught:
            open_store(url, read_only=read_only)
        assert "0.0.1" in str(caught.value)
        assert release(HEAD) in str(caught.value)
        assert "bench-service db upgrade" in str(caught.value)


def test_a_store_at_the_newest_schema_needs_no_upgrade(url):
    open_store(url).close()
    done = upgrade(url)
    assert (done.before, done.after, done.backup) == (release(HEAD), release(HEAD), None)


def test_there_is_nothing_to_upgrade_where_there_is_no_store(url, file):
    with pytest.raises(NotFoundError):
        upgrade(url)
    assert not file.exists()
