"""A store whose file or server went away: what is noticed, and what it is called."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from db.engine import STUCK_MS, patient
from db.errors import LockedStoreError, NotFoundError, ReplacedError, StoreError, UnreachableError
from db.session import open_store
from db.translation import translated


def test_a_file_that_is_still_the_same_is_fine_and_so_is_a_server(store):
    store.require_same_file()


@pytest.mark.parametrize("is_replaced", [False, True], ids=["deleted", "replaced"])
def test_a_file_that_was_deleted_or_replaced_while_it_was_open_is_noticed(
    opened, file, is_replaced
):
    store = opened()
    kept = file.rename(file.with_name("kept.db"))
    if is_replaced:
        file.write_bytes(kept.read_bytes())
    with pytest.raises(ReplacedError, match="deleted, or another one") as error:
        store.require_same_file()
    assert str(file) in str(error.value)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("connection failed: Connection refused", UnreachableError),
        ("FATAL:  the database system is starting up", UnreachableError),
        ("FATAL:  the database system is shutting down", UnreachableError),
        ("FATAL:  sorry, too many clients already", UnreachableError),
        ("connection timeout expired", UnreachableError),
        ("unable to open database file", NotFoundError),
        ("database is locked", LockedStoreError),
        ("canceling statement due to lock timeout", LockedStoreError),
    ],
)
def test_what_a_database_says_is_told_apart_and_kept_in_words(said, kind):
    with pytest.raises(StoreError) as error, translated("the place"):
        raise OperationalError("SELECT", {}, Exception(f"{said}\nand more"))
    assert type(error.value) is kind
    assert error.value.got == f"the place: {said}"


def test_a_server_that_went_away_in_the_middle_is_unreachable_and_nothing_else():
    with pytest.raises(UnreachableError), translated("the place"):
        raise OperationalError(
            "SELECT", {}, Exception("terminating connection"), connection_invalidated=True
        )


def test_the_silence_of_a_server_is_borne_for_seconds_unless_its_address_says_otherwise():
    given = patient(
        make_url("postgresql+psycopg://ann@lab/bench?connect_timeout=60&sslmode=require")
    )
    assert (given.query["connect_timeout"], given.query["sslmode"]) == ("60", "require")
    assert int(given.query["keepalives_idle"]) <= 10
    assert int(given.query["tcp_user_timeout"]) <= 30_000


def test_a_server_ends_transactions_in_which_nothing_happens(database):
    open_store(database).close()
    with open_store(database) as store, store.transaction(reads_only=True) as connection:
        told = connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
        assert told == f"{STUCK_MS // 1000}s"
