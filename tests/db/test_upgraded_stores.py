"""An upgraded store takes what newer programs measure, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from golden_stores import golden, rows
from service_rows import give_attempt, give_job
from slices import DIGITS, trained
from sqlalchemy import create_engine, delete, select, text
from sqlalchemy.pool import NullPool

from bench_service.record import Recorder, RunHeader
from db import queries
from db.errors import RefusedValueError, SchemaVersionError
from db.migrate import configuration, upgrade
from db.schema import HEAD, VERSION_TABLE, release
from db.session import open_store
from db.tables import Base, Run, TimingPart

HEADER = RunHeader(suite="quick", suite_document={}, hardware={}, software={})
FILLED = """
INSERT INTO hardware VALUES (1001, 'h', '', '{}');
INSERT INTO software VALUES (1002, 's', '', '', '{}');
INSERT INTO environment VALUES (1003, 'e', 1001, 1002);
INSERT INTO run VALUES (1004, 'old', NULL, 'quick', '{}', 'api', 'done', 1, 2, 1003, 0, '', '{}',
    '{}', 'key', 0);
INSERT INTO timing_part VALUES (1005, 1004, 'g', 0, 0, 1, 1, 0, 1, 'ok', '', '{}');
"""


@pytest.fixture(params=["v0_1_0", "v0_2_0"])
def older(request):
    """The schema of a release before this one."""
    return request.param


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request, older, file):
    """A store that was filled by an older release and upgraded, on each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{golden(older, file)}"
    else:
        url = request.getfixturevalue("database")
        with create_engine(url, poolclass=NullPool).begin() as connection:
            command.upgrade(configuration(connection), older)
            connection.execute(text(FILLED))
    with pytest.raises(SchemaVersionError, match=release(older)):
        open_store(url)
    done = upgrade(url)
    assert (done.before, done.after) == (release(older), release(HEAD))
    assert (done.backup is None) == (request.param == "postgresql")
    with open_store(url) as store:
        yield store


def test_an_upgraded_store_has_the_tables_of_the_program(upgraded):
    with upgraded.transaction(reads_only=True) as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    promise = dict(rows(upgraded, "SELECT key, value FROM meta"))
    assert {"format", "neuron_mask_bits", "service"} < set(promise)


def test_an_upgraded_store_takes_training(upgraded):
    recorder = Recorder(upgraded)
    recorder.workloads([replace(DIGITS, version=9)])
    uid = recorder.begin_run(HEADER)
    assert recorder.slices(uid, [trained(workload_version=9)]) == 1
    assert len(queries.neuron_masks(upgraded, uid, workload=DIGITS.name)) == 1


def test_an_upgraded_store_takes_jobs_and_their_runs(upgraded):
    uid = Recorder(upgraded).begin_run(replace(HEADER, trigger="job", idempotency_key="a"))
    with upgraded.transaction(reads_only=True) as connection:
        run_id = connection.scalar(select(Run.id).where(Run.uid == uid))
    give_job(upgraded, "a", status="done", run_id=run_id)
    give_attempt(upgraded, "a", 1)
    assert queries.jobs(upgraded)["run"].tolist() == [uid]


def test_an_upgraded_store_still_refuses_runs_that_can_not_be(upgraded):
    recorder = Recorder(upgraded)
    with pytest.raises(RefusedValueError):
        recorder.begin_run(replace(HEADER, trigger="cron"))
    for wrong in (
        "status = 'lost'",
        "status = 'running'",  # with a moment at which it ended
        "environment_id = 99",
        "uid = (SELECT min(other.uid) FROM run other WHERE other.uid <> run.uid)",
    ):
        uid = recorder.begin_run(HEADER)
        recorder.close_run(uid, "done")
        change = text(f"UPDATE run SET {wrong} WHERE uid = '{uid}'")
        with pytest.raises(RefusedValueError), upgraded.transaction() as connection:
            connection.execute(change)
    first = recorder.begin_run(replace(HEADER, idempotency_key="mine"))
    assert recorder.begin_run(replace(HEADER, idempotency_key="mine")) == first


def test_parts_still_belong_to_their_runs_after_an_upgrade(upgraded):
    owned = "SELECT run.uid FROM timing_part JOIN run ON run.id = timing_part.run_id"
    uids = {uid for (uid,) in rows(upgraded, owned)}
    assert len(uids) == 1
    with upgraded.transaction() as connection:
        connection.execute(delete(Run).where(Run.uid.in_(uids)))
        assert connection.scalars(select(TimingPart.id)).all() == []
