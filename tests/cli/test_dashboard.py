"""The verb that starts the pages; what they show is tested where they are."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time

import psutil
import pytest


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_an_interrupt_ends_the_pages_and_their_server(recorded, db, tmp_path):
    recorded.run(db)
    port = free_port()
    process = subprocess.Popen(
        [*recorded.script, "dashboard", "--db", str(db), "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not answers(port) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert answers(port)
    (server,) = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"The dashboard of {db} is on http://127.0.0.1:{port}; Ctrl-C ends it." in err
    assert "Traceback" not in err
    assert not server.is_running()
    assert not answers(port)


def test_a_taken_port_is_said(start, recorded, db):
    recorded.run(db)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start("dashboard", "--db", db, "--port", port)
    assert done.returncode == 1
    assert f"is port {port} taken?".encode() in done.stderr


@pytest.fixture
def seen(monkeypatch):
    """What a server would be started with."""
    started = {}

    class Server:
        def __init__(self, command, env):
            started.update(command=command, env=env)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def wait(self):
            return 0

    monkeypatch.setattr(subprocess, "Popen", Server)
    return started


@pytest.mark.parametrize(("given", "variable"), [([], "0"), (["--allow-writes"], "1")])
def test_the_pages_write_only_where_the_command_line_says_so(
    call, seen, monkeypatch, given, variable
):
    monkeypatch.setenv("BENCH_SERVICE_ALLOW_WRITES", "1")
    assert call("dashboard", *given).status == 0
    assert seen["env"]["BENCH_SERVICE_ALLOW_WRITES"] == variable
    assert "--server.address=127.0.0.1" in seen["command"]


def test_the_password_of_a_server_is_in_the_environment_and_in_no_argument(call, seen):
    url = "postgresql://someone:secret@localhost/bench"
    said = call("dashboard", "--db", url)
    assert said.status == 0
    assert "secret" not in said.out + said.err + " ".join(seen["command"])
    assert seen["env"]["BENCH_SERVICE_DB"] == url
    assert seen["env"]["PATH"] == os.environ["PATH"]
