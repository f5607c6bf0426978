"""A run that is stopped in mid-measurement, by the signals that people and supervisors send."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
import subprocess
import time

N_PROCESSES = 24
LIMIT_S = 60


def parts(db):
    """What is stored of every child, in the order in which it was stored."""
    try:
        connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return []
    try:
        names = "group_fingerprint, process_ix, part, n_rounds"
        return connection.execute(f"SELECT {names} FROM timing_part ORDER BY id").fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def interrupted(recorded, db, number, folder):
    """A run that got a signal once something of it was stored."""
    words = ["--db", str(db), "run", "smoke", "--pass", "forward", "--processes", str(N_PROCESSES)]
    process = subprocess.Popen(
        [*recorded.script, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
    )  # fmt: skip
    deadline = time.monotonic() + LIMIT_S
    while len(parts(db)) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT_S)
    return process, out, err


def test_ctrl_c_keeps_what_was_measured_and_the_printed_command_goes_on(recorded, tmp_path):
    db = tmp_path / "a store.db"
    process, out, err = interrupted(recorded, db, signal.SIGINT, tmp_path)
    assert (process.returncode, out) == (130, "")
    assert "was interrupted; what was measured is kept." in err
    assert "Traceback" not in err
    before = parts(db)
    assert 3 <= len(before) < N_PROCESSES

    command = err.splitlines()[-1].removeprefix("next: bench-service ")
    resumed = subprocess.run(
        [*recorded.script, *shlex.split(command)],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert resumed.returncode == 0, resumed.stderr
    after = parts(db)
    assert after[: len(before)] == before
    children = [(group, process_ix, part) for group, process_ix, part, _ in after]
    assert len(set(children)) == len(children)
    assert {process_ix for _, process_ix, _, _ in after} == set(range(N_PROCESSES))
    assert "suite smoke, done" in resumed.stdout
    assert f"{N_PROCESSES} processes" in resumed.stdout


def test_a_supervisors_signal_ends_a_run_as_ctrl_c_does(recorded, db, tmp_path):
    process, out, err = interrupted(recorded, db, signal.SIGTERM, tmp_path)
    assert (process.returncode, out) == (130, "")
    assert f"--resume {uid_in(err)} --db {db}" in err
    with sqlite3.connect(db) as connection:
        rows = connection.execute("SELECT status FROM run").fetchall()
    connection.close()
    assert rows == [("interrupted",)]


def uid_in(err):
    return next(line for line in err.splitlines() if "was interrupted" in line).split()[1]


def test_an_interrupt_before_anything_began_leaves_no_run(call, db, monkeypatch):
    from bench_service.timing import forker_client

    def interrupt(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    monkeypatch.setattr(forker_client.Forker, "__enter__", interrupt)
    before = signal.getsignal(signal.SIGTERM)
    said = call("run", "smoke", "--db", db)
    assert (said.status, said.out, said.err) == (130, "", "Interrupted.\n")
    assert call("runs", "--db", db, "--json").document == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_verb_that_is_interrupted_says_so(call, monkeypatch):
    from db import location

    def interrupt(url):
        raise KeyboardInterrupt

    monkeypatch.setattr(location, "locate", interrupt)
    said = call("db", "path")
    assert (said.status, said.out, said.err) == (130, "", "Interrupted.\n")
