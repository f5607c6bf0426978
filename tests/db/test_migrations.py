"""The migrations lead to the tables of the program, and each has a store of its release."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from golden_stores import RELEASES, rows
from sqlalchemy import inspect

from db.migrate import MIGRATIONS, configuration
from db.schema import HEAD, VERSION_TABLE
from db.tables import Base


def test_the_migrations_lead_to_the_tables_of_the_program(store):
    with store.transaction() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_are_those_of_the_program(store):
    # comparing schemas leaves these out
    with store.transaction(reads_only=True) as connection:
        for table in Base.metadata.sorted_tables:
            found = inspect(connection).get_check_constraints(table.name)
            known = {c.name: c for c in table.constraints if str(c.name).startswith("ck_")}
            assert sorted(check["name"] for check in found) == sorted(known)
            if store.path is None:
                continue  # a server puts them in words of its own
            for check in found:
                rule = str(known[check["name"]].sqltext)
                assert check["sqltext"].replace('"', "") == rule.replace('"', "")


def test_every_table_is_strict_and_says_how_to_read_itself(opened):
    store = opened()
    strict = dict(rows(store, "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"))
    assert {name for name in Base.metadata.tables if not strict[name]} == set()
    promise = dict(rows(store, "SELECT key, value FROM meta"))
    assert set(promise) == {
        "format", "times", "documents", "arrays", "block_flags", "neuron_mask_bits", "service",
    }  # fmt: skip


def test_the_newest_migration_is_the_one_the_program_asks_for(opened):
    with opened().transaction(reads_only=True) as connection:
        script = ScriptDirectory.from_config(configuration(connection))
    assert script.get_heads() == [HEAD]
    assert (MIGRATIONS / "versions" / f"{HEAD}.py").is_file()


def test_a_new_migration_can_be_drafted_from_the_tables(opened, tmp_path):
    with opened().transaction() as connection:
        config = configuration(connection)
        places = f"{MIGRATIONS / 'versions'}:{tmp_path}"
        config.set_main_option("version_locations", places)
        draft = command.revision(
            config, "Notes", autogenerate=True, rev_id="v9_9_9", version_path=str(tmp_path)
        )
    text_of_draft = Path(draft.path).read_text(encoding="utf-8")
    compile(text_of_draft, draft.path, "exec")
    assert f"down_revision = '{HEAD}'" in text_of_draft


def test_there_is_a_store_of_every_release():
    versions = {path.stem for path in (MIGRATIONS / "versions").glob("v*.py")}
    assert set(RELEASES) == versions
