"""SIGKILL at random moments of a run: no finished round may be lost or doubled.

A run is started as a user starts it, killed after a random time, looked at, resumed, and killed
again, until it completes. What was stored before a kill must stand unchanged at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from db import queries
from db.errors import StoreError
from db.session import open_store

SUITE = """
name = "kills"
activations = ["relu", "gelu", "silu"]
backends = ["cpu-eager"]

[timing]
passes = ["forward", "backward"]
numels = [1024, 1048576]
processes = 12
parents = 2
max_processes = 12
max_rounds = 20
child_ms = 150
"""
ARRAYS = ("wall_ns", "cpu_ns", "position", "involuntary_switches", "minor_faults", "flags")


def stored_rounds(url: str) -> dict[tuple[Any, ...], str]:
    """A checksum for every stored block row of the only run, by its key."""
    with open_store(url, read_only=True) as store:
        listed = queries.runs(store, 10)
        assert len(listed) <= 1, "a resumed run is the same run"
        if listed.empty:
            return {}
        blocks = queries.timing_blocks(store, listed.iloc[0]["uid"])
    found: dict[tuple[Any, ...], str] = {}
    for row in blocks.to_dict("records"):
        key = (row["group"], row["process_ix"], row["label"])
        assert key not in found, f"stored twice: {key}"
        found[key] = hashlib.sha256(b"".join(row[name].tobytes() for name in ARRAYS)).hexdigest()
    return found


def uneven_children(url: str) -> int:
    """Children whose entries don't have the same number of rounds: a torn round."""
    with open_store(url, read_only=True) as store:
        uid = queries.find_run(store, "latest")
        blocks = queries.timing_blocks(store, uid)
    lengths = blocks.assign(n=[len(wall) for wall in blocks["wall_ns"]])
    return int((lengths.groupby(["group", "process_ix"])["n"].nunique() > 1).sum())


def main(arguments: list[str]) -> dict[str, Any]:
    """The figures of so many kills."""
    parser = argparse.ArgumentParser(prog="kills")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    draw = random.Random(given.seed)  # moments of kills are no secret
    n_kills = n_runs = lost = changed = torn = 0
    rounds_at_kills = []
    while n_kills < given.kills:
        with tempfile.TemporaryDirectory() as folder:
            suite, url = Path(folder) / "kills.toml", str(Path(folder) / "kills.db")
            suite.write_text(SUITE)
            errors = Path(folder) / "errors.txt"
            n_runs += 1
            before: dict[tuple[Any, ...], str] = {}
            command = [sys.executable, "-m", "bench_service", "--db", url, "run"]
            more = [str(suite)]
            while True:
                process = subprocess.Popen(
                    [*command, *more], stdout=subprocess.DEVNULL, stderr=errors.open("wb")
                )
                wait_s = draw.uniform(2.0, 10.0) if n_kills < given.kills else None
                try:
                    status = process.wait(wait_s)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    status, n_kills = None, n_kills + 1
                    time.sleep(0.2)
                after = stored_rounds(url) if _run_of(url)[0] else {}
                lost += len(before.keys() - after.keys())
                changed += sum(after[key] != before[key] for key in before.keys() & after.keys())
                torn += uneven_children(url) if after else 0
                rounds_at_kills.append(len(after))
                before = after
                begun, is_done = _run_of(url)
                if status is not None or is_done:  # a kill may come when all is stored
                    break
                more = [str(suite)] if begun is None else ["--resume", begun]
            assert status in (0, None), errors.read_text()
    return {
        "kills": n_kills,
        "runs_completed": n_runs,
        "rows_lost": lost,
        "rows_changed": changed,
        "children_torn": torn,
        "median_rows_at_kill": float(np.median(rounds_at_kills)),
        "met": lost == changed == torn == 0,
    }


def _run_of(url: str) -> tuple[str | None, bool]:
    """The only run and whether it is done; None where the kill came before there was one."""
    try:
        with open_store(url, read_only=True) as store:
            listed = queries.runs(store, 1)
    except StoreError:
        return None, False
    if listed.empty:
        return None, False
    return str(listed.iloc[0]["uid"]), listed.iloc[0]["status"] == "done"
