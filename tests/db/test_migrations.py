"""A schema is made and upgraded as a whole, after a backup; other versions are refused by name."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from slices import DIGITS, trained
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

import db.migrate
import db.schema
from bench_service.record import Recorder, RunHeader
from db import queries
from db.errors import NotFoundError, SchemaVersionError, StoreError
from db.migrate import MIGRATIONS, configuration, upgrade
from db.schema import HEAD, VERSION_TABLE, is_newer, release
from db.session import open_store
from db.tables import Base

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.sql"))


def rows(store, query):
    with store.transaction(reads_only=True) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def set_version(url, revision):
    with open_store(url) as store, store.transaction() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))


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
            found = {
                check["name"] for check in inspect(connection).get_check_constraints(table.name)
            }
            known = {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
            assert found == known


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


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def revision(request):
    """The schema of a released program."""
    return request.param.stem


@pytest.fixture
def released(revision, file):
    """A store as a released program left it."""
    return golden(revision, file)


def golden(revision, file):
    connection = sqlite3.connect(file)
    dump = Path(__file__).parent / "golden" / f"{revision}.sql"
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return file


def stored_counts(file):
    """The number of rows of every table in a file."""
    connection = sqlite3.connect(file)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    counted = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in sorted(names & set(Base.metadata.tables))
    }
    connection.close()
    return counted


def test_there_is_a_store_of_every_release():
    versions = {path.stem for path in (MIGRATIONS / "versions").glob("v*.py")}
    assert {path.stem for path in GOLDEN} == versions


def test_a_released_store_opens_after_an_upgrade_and_answers_as_before(released):
    upgrade(released)
    with open_store(released, read_only=True) as store:
        uid = queries.find_run(store, "golden")
        assert queries.run_header(store, uid)["torch_version"] == "2.13.0"
        assert queries.timing_outcomes(store, uid)["label"].tolist() == [
            "gelu",
            "copy",
            "elu(alpha=2)",
        ]
        blocks = queries.timing_blocks(store, uid).set_index("label")
        assert blocks["wall_ns"]["gelu"].tolist() == [101_000, 102_000, 100_500, 2**40]
        assert (
            queries.ci_benchmarks(store, queries.find_run(store, "0c0ci00000"))["n_rounds"][0] == 3
        )


def test_an_upgrade_backs_up_rebuilds_and_keeps_everything(
    released, revision, next_release, capsys, caplog
):
    caplog.set_level(logging.WARNING)
    next_release()
    counted = stored_counts(released)
    done = upgrade(released)
    assert (done.before, done.after) == (release(revision), "9.9.9")
    assert capsys.readouterr() == ("", "")
    assert caplog.records == []
    with open_store(released) as store:
        strict = dict(rows(store, "SELECT name, strict FROM pragma_table_list"))
        assert strict["run"] == strict["timing_part"] == 1
        assert rows(store, "SELECT DISTINCT note FROM run") == [("none",)]
    after = stored_counts(released)
    assert {name: after[name] for name in counted if name != "meta"} == {
        name: n for name, n in counted.items() if name != "meta"
    }
    assert after["meta"] >= counted["meta"]
    assert min(counted.values()) > 0
    assert stored_counts(done.backup) == counted
    copy = sqlite3.connect(done.backup)
    assert copy.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() == (revision,)
    copy.close()


def test_a_store_of_0_1_0_takes_training_after_an_upgrade(file):
    counted = stored_counts(golden("v0_1_0", file))
    done = upgrade(file)
    assert (done.before, done.after) == ("0.1.0", release(HEAD))
    assert stored_counts(done.backup) == counted
    with open_store(file) as store:
        assert_takes_training(store)


def test_a_server_of_0_1_0_takes_training_after_an_upgrade(database):
    with create_engine(database, poolclass=NullPool).begin() as connection:
        command.upgrade(configuration(connection), "v0_1_0")
    with pytest.raises(SchemaVersionError, match=r"0\.1\.0"):
        open_store(database)
    done = upgrade(database)
    assert (done.before, done.after, done.backup) == ("0.1.0", release(HEAD), None)
    with open_store(database) as store:
        assert_takes_training(store)


def assert_takes_training(store):
    """What a migrated store needs to hold training: its tables, and how to read them."""
    with store.transaction(reads_only=True) as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    assert len(rows(store, "SELECT value FROM meta WHERE key = 'neuron_mask_bits'")) == 1
    recorder = Recorder(store)
    recorder.workloads([DIGITS])
    uid = recorder.begin_run(RunHeader(suite="quick", suite_document={}, hardware={}, software={}))
    assert recorder.slices(uid, [trained()]) == 1
    assert len(queries.neuron_masks(store, uid, workload=DIGITS.name)) == 1


def test_training_that_0_2_0_stored_answers_as_before(file):
    upgrade(golden("v0_2_0", file))
    with open_store(file, read_only=True) as store:
        uid = queries.find_run(store, "golden-training")
        slices = queries.training_slices(store, uid)
        assert slices.status.tolist() == ["ok", "diverged", "error"]
        first = slices.iloc[0]
        assert (first.activation, first.params) == ("leaky_relu", {"negative_slope": 0.25})
        assert (first.lr, first.lr_role, first.seed) == (0.01, "eval", 0)
        assert (first.test_accuracy, first.steps_to_target, first.grad_dead) == (0.95, 120, 0.125)
        assert (first.activation_version, first.target, first.n_steps) == (2, 0.95, 400)
        assert slices.reason[2] == "the module changes its input"
        assert queries.workloads(store, uid)["name"].tolist() == ["digits_mlp", "lr_stress"]

        curves = queries.training_curves(store, uid, workload="digits_mlp")
        assert curves["values"][0].tolist() == [2.5, 0.5, 0.25]
        assert curves["steps"][1].tolist() == [10 * i for i in range(64)]
        assert curves["values"][1].tolist() == [0.5] * 64
        (lost,) = queries.training_curves(store, uid, workload="lr_stress")["values"]
        np.testing.assert_array_equal(lost, [2.5, np.inf, np.nan])

        neurons = queries.neuron_curves(store, uid, workload="digits_mlp")
        assert neurons.layer.tolist() == ["act1", "network"]
        assert (neurons.n_units[0], neurons.n_probe[0]) == (10, 512)
        assert neurons["values"][0].tolist() == [0.2, 0.3]
        (mask,) = queries.neuron_masks(store, uid, workload="digits_mlp")["mask"]
        assert np.argwhere(mask).tolist() == [[0, 0], [0, 9], [1, 0], [1, 1], [1, 2]]


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
