"""Real runs, as short as they can be."""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from bench_service import execution
from bench_service.contract import is_main
from bench_service.result import RunStatus
from bench_service.timing.schedule import Limits
from db import session

ACTS = Path(__file__).with_name("acts.py")
SHORT = ("run", "smoke", "--pass", "forward", "--processes", "3")
MISBEHAVING = {
    "raises": "[bold]no[/] :smile: ✓",
    "other_shape": "shape",
    "changes_input": "input",
    "not_a_number": "",
    "kills_its_process": "SIGKILL",
    "hangs": "no sign of life for 1 s",
    "nobody": "no attribute",
}


@pytest.fixture
def impatient(monkeypatch):
    """Children that say nothing for a second are taken for dead."""
    limits = Limits(probe_s=1.0, measure_s=1.0)
    monkeypatch.setattr(execution, "Execution", partial(execution.Execution, limits=limits))


def test_a_run_shows_its_result_and_the_commands_that_show_more(call, db):
    said = call(*SHORT, "--db", db, "--label", "größe ✓", "--seed", "7")
    assert said.status == 0
    assert "Measuring 3 cases in 1 group, about 3 processes." in said.err
    assert "(größe ✓), suite smoke, done" in said.out
    assert f"bench-service show {uid_of(said)} --db {db}\n" in said.out
    assert f"bench-service dashboard --db {db}\n" in said.out
    assert [row["label"] for row in call("runs", "--db", db, "--json").document] == ["größe ✓"]


def uid_of(said):
    return next(line for line in said.out.splitlines() if line.startswith("Run ")).split()[1]


def test_misbehaving_activations_are_stored_failures_and_the_others_are_timed(call, db, impatient):
    own = [word for name in ("sound", "Box.inner", "make_module", *MISBEHAVING)
           for word in ("-a", f"{ACTS}:{name}")]  # fmt: skip
    said = call(*SHORT, "-a", "gelu", *own, "--json", "--db", db)
    assert said.status == 1
    rows = {row["activation"].rpartition(":")[2]: row for row in said.document["timing"]}
    assert said.document["run"]["status"] == "partial"
    assert said.document["run"]["n_failed"] == len(MISBEHAVING)
    for name, reason in MISBEHAVING.items():
        assert rows[name]["status"] == "failed"
        assert reason in rows[name]["reason"]
        assert f"failed {ACTS}:{name}," in said.err
    for name in ("gelu", "sound", "Box.inner", "make_module"):
        assert rows[name]["status"] == "ok"
        assert rows[name]["ratio"] > 0
    assert "Traceback" not in said.err
    assert call("show", "latest", "--db", db, "--json").document == said.document


def test_an_installed_packages_activation_is_measured_by_its_name(call, db, tmp_path, monkeypatch):
    info = tmp_path / "swooshes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: swooshes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[bench_service.activations]\nswoosh = swooshes:swoosh\n"
    )
    (tmp_path / "swooshes.py").write_text("def swoosh(x):\n    return x.clamp(min=0)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = call(*SHORT, "-a", "swoosh", "--json", "--db", db)
    assert said.status == 0, said.err
    assert [row["activation"] for row in said.document["timing"]] == ["swoosh"]
    assert "swooshes" not in sys.modules


def test_a_run_in_which_everything_failed_has_failed(call, db):
    said = call(*SHORT, "-a", f"{ACTS}:raises", "--db", db)
    assert said.status == 1
    assert "suite smoke, failed" in said.out
    assert "Nothing was measured: " in said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [(["-b", "mps-eager"], "Apple"), (["--numel", 10**12], "1,000,000,000,000 elements need")],
)
def test_a_run_of_skips_alone_measured_nothing_and_says_why(call, db, words, why):
    said = call(*SHORT, *words, "--json", "--db", db)
    assert said.status == 1
    assert {row["status"] for row in said.document["timing"]} == {"skipped"}
    assert said.document["run"]["status"] == "failed"
    assert "Nothing was measured: " in said.err
    assert why in said.err


def test_every_backends_main_view_is_in_the_main_list_and_no_other_is():
    from bench_service.backends import BACKENDS

    for backend in BACKENDS:
        views = [{"backend": backend.name, "condition": name} for name in backend.conditions]
        assert [is_main(view) for view in views] == [True] + [False] * (len(views) - 1)


def test_a_run_times_and_trains_and_its_json_has_both(call, db, tmp_path):
    suite = tmp_path / "both.toml"
    suite.write_text(
        'name = "both"\nactivations = ["relu", "crelu"]\nbackends = ["cpu-eager"]\n[timing]\n'
        'passes = ["forward", "step"]\nnumels = [64]\nprocesses = 3\nmax_processes = 3\n'
        'child_ms = 5\n[training]\nworkloads = ["lr_stress"]\nseeds = 1\nworkers = 1'
    )
    said = call("run", suite, "--db", db, "--json")
    document = said.document
    assert said.status == 1  # crelu fits no step of that model
    passes = [(row["pass"], row["activation"]) for row in document["timing"]]
    assert passes == [(p, a) for p in ("forward", "step") for a in ("relu", "crelu")]
    slices = [row for row in document["training"] if row["activation"] == "relu"]
    assert [row["lr"] for row in slices] == [0.01, 0.03, 0.1, 0.3, 0.6, 1.0]
    assert {row["status"] for row in slices} <= {"ok", "diverged"}
    assert all(row["step_time_ns"] > 0 for row in slices)
    assert slices[0]["test_accuracy"] > 0.5  # ten classes: chance is a tenth
    skipped = [row for row in document["training"] if row["activation"] == "crelu"]
    assert {row["status"] for row in skipped} == {"error"}
    assert all("width_doubled" in row["reason"] for row in skipped)
    shown = call("show", "latest", "--db", db).out
    assert "lr_stress, by learning rate: dead units" in shown
    assert "6 slices, crelu: crelu changes" in shown


def test_a_full_disk_in_mid_run_keeps_what_was_stored_and_the_run_can_go_on(
    call, db, recorded, monkeypatch
):
    recorded.run(db, label="earlier")
    with sqlite3.connect(db) as connection:
        room = connection.execute("PRAGMA page_count").fetchone()[0] + 5
    connection.close()
    stored_before = len(parts(db))
    made = session.engine_of

    def small(*words, **more):
        engine = made(*words, **more)

        @event.listens_for(engine, "connect")
        def limit(connection, _):
            connection.execute(f"PRAGMA max_page_count={room}")

        return engine

    with monkeypatch.context() as patched:
        patched.setattr(session, "engine_of", small)
        said = call("run", "smoke", "--processes", "20", "--pass", "forward", "--db", db)
    assert said.status == 2
    assert "no room left" in said.err
    assert "what was stored of it is kept" in said.err
    assert f"`bench-service run --resume {stopped_run(call, db)} --db {db}`" in said.err
    stored = parts(db)
    assert len(stored) > stored_before
    resumed = call("run", "--resume", "latest", "--db", db, "--json")
    assert resumed.status == 0
    assert resumed.document["run"]["status"] == "done"
    assert parts(db)[: len(stored)] == stored


def stopped_run(call, db):
    row, _ = call("runs", "--db", db, "--json").document
    assert row["status"] == "interrupted"
    return row["id"]


def parts(db):
    connection = sqlite3.connect(db)
    names = "id, group_fingerprint, process_ix, part, n_rounds"
    found = connection.execute(f"SELECT {names} FROM timing_part ORDER BY id").fetchall()
    connection.close()
    return found


def test_a_machine_that_measures_already_can_be_left_to_it(call, db, tmp_path):
    import fcntl

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = call(*SHORT, "--no-wait", "--db", db)
    assert (said.status, said.out) == (1, "")
    assert "Another process is measuring" in said.err
    assert "--no-wait" in said.err
    assert call("runs", "--db", db, "--json").document == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["smoke", "--resume", "latest"], "got: SUITE"),
        (["--resume", "latest", "--label", "x", "-a", "relu"], "got: --activation, --label"),
        (["smoke", "--seed", "-1"], "seed"),
        (["smoke", "--label", "latest"], "latest"),
        (["smoke", "--label", "two\nlines"], "got: 'two\\nlines'"),
        (["smoke", "--label", "\x1b[2J"], "a line of text"),
        (["smoke", "--label", "\udcff"], "a line of text"),
        (["nosuch"], "no suite named 'nosuch'"),
        (["smoke", "-a", "swish"], "more than one meaning"),
        (["--resume", "nosuch"], "no such run"),
        (["--resume", "done"], "nothing of it is missing"),
        (["--resume", "busy"], "being measured right now"),
        (["--resume", "moved"], "other hardware"),
    ],
)
def test_a_run_that_cant_begin_leaves_nothing_behind(call, db, recorded, words, said):
    recorded.run(db, label="done")
    elsewhere = {"host": "elsewhere", "boot_time": 1, "pid": 3, "process_started": 2.0}
    recorded.run(db, label="busy", status=None, state=elsewhere, started_at=datetime.now(UTC))
    recorded.run(db, label="moved", status=RunStatus.INTERRUPTED)
    recorded.session(db, label="session")
    before = call("runs", "--db", db, "--json").document
    answer = call("run", *words, "--db", db)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert call("runs", "--db", db, "--json").document == before


def test_a_test_session_cant_be_resumed(call, db, recorded):
    said = call("run", "--resume", recorded.session(db), "--db", db)
    assert said.status == 2
    assert "test session" in said.err
