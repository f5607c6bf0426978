"""What people see: terminals of several widths, pipes, and odd locales."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import termios
from fcntl import ioctl

import pytest
from rich.cells import cell_len

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BYTES_ONLY = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def on_terminal(recorded, tmp_path):
    """What a command line prints on a terminal of so many columns."""

    def shown(width, *words, **env):
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        process = subprocess.Popen(
            [*recorded.script, *map(str, words)],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path,
            env={**os.environ, "TERM": "xterm-256color", **env},
        )  # fmt: skip
        os.close(theirs)
        raw = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # its last writer has closed it
                break
            if not chunk:
                break
            raw += chunk
        os.close(ours)
        process.wait()
        return raw.decode().replace("\r\n", "\n")

    return shown


@pytest.fixture
def as_if_on_terminal(call, monkeypatch):
    """What a command line prints where it takes its output for a terminal of so many columns."""

    def shown(width, *words):
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", str(width))
        return call(*words).out

    return shown


@pytest.mark.parametrize("width", [200, 100, 80, 60])
def test_no_line_is_wider_than_the_terminal(as_if_on_terminal, db, recorded, width):
    recorded.run(db, label="a label of many words that goes on for a while ✓", failed=["gelu"])
    recorded.run(db, label="two", hardware={"cpu": "another"})
    recorded.session(db, label="of CI")
    words = [["show", "latest"], ["show", "two"], ["runs"], ["compare", "two", "latest"]]
    words += [["list", "activations"], ["list", "backends"], ["list", "metrics"], ["plan"]]
    for verb in words:
        text = ESCAPES.sub("", as_if_on_terminal(width, *verb, "--db", db))
        assert text.strip()
        assert "…" not in text
        # A comparison at 60 columns needs a few more: the terminal folds it, and nothing is lost.
        limit = 70 if verb[0] == "compare" and width == 60 else width
        assert max(cell_len(line) for line in text.splitlines()) <= limit, verb


def test_a_real_terminal_of_eighty_columns_gets_a_table_that_fits(on_terminal, db, recorded):
    recorded.run(db)
    text = ESCAPES.sub("", on_terminal(80, "show", "latest", "--db", db))
    assert 70 < max(cell_len(line) for line in text.splitlines()) <= 80
    assert "Left out at this width: faults/call." in text


def test_colours_go_where_they_are_unwanted_and_the_words_stay(
    as_if_on_terminal, db, recorded, monkeypatch
):
    recorded.run(db)
    coloured = as_if_on_terminal(100, "show", "latest", "--db", db)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = as_if_on_terminal(100, "show", "latest", "--db", db)
    assert re.search(r"\x1b\[[0-9;]*33mslower", coloured)
    assert not re.search(r"\x1b\[3[0-9]", plain)
    assert ESCAPES.sub("", coloured) == ESCAPES.sub("", plain)


def test_progress_is_a_bar_that_leaves_nothing_behind(on_terminal, db):
    text = on_terminal(80, "run", "smoke", "--pass", "forward", "--processes", "3", "--db", db)
    assert "measuring forward, 1,024 float32, cpu-eager" in text
    assert "\x1b[2K" in text  # the bar is wiped away
    assert "suite smoke, done" in text


def test_json_on_a_terminal_has_no_colours(as_if_on_terminal, db, recorded):
    recorded.run(db)
    assert "\x1b" not in as_if_on_terminal(80, "show", "latest", "--json", "--db", db)


def test_a_pipe_that_closes_early_is_no_error(db, recorded, tmp_path):
    for i in range(40):
        recorded.run(db, names=["relu"], children=1, groups=[], label=f"run {i} " + "x" * 4000)
    for words in (["runs", "-n", "40"], ["runs", "-n", "40", "--json"]):
        process = subprocess.Popen(
            [*recorded.script, *words, "--db", str(db)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait() == 0


def test_an_output_that_is_full_is_said_in_a_line(start, db, recorded, tmp_path):
    recorded.run(db)
    with open("/dev/full", "w") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            [*recorded.script, "show", "latest", "--db", str(db)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "The operating system refused: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("words", [["show", "latest"], ["runs"], ["list", "metrics"]])
def test_a_locale_without_unicode_gets_stand_ins(start, db, recorded, words):
    recorded.run(db, label="größe ✓")
    done = start(*words, env={**BYTES_ONLY, "BENCH_SERVICE_DB": str(db)})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    if words == ["show", "latest"]:
        assert b"(gr??e ?)" in done.stdout
        assert b"us " in done.stdout


def test_json_is_the_same_in_every_locale(start, db, recorded):
    recorded.run(db, label="größe ✓")
    import json

    here, there = (start("runs", "--json", "--db", db, env=env) for env in ({}, BYTES_ONLY))
    assert json.loads(here.stdout) == json.loads(there.stdout)
    assert there.stdout.isascii()


def test_closed_outputs_are_no_reason_to_fail(recorded, db):
    recorded.run(db)
    command = " ".join(map(repr, [*recorded.script, "runs", "--db", str(db)]))
    assert subprocess.run(f"{command} >&- 2>&-", shell=True, check=False).returncode == 0
