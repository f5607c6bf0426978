"""Whole runs: of good benchmarks without an alarm, and of nearly everything that users do."""

from __future__ import annotations

import pytest
from forking import commands_with, mis

from bench_service.timing.passes import PASSES


@pytest.mark.slow
def test_good_benchmarks_raise_no_alarm(own_lock, tmp_path):
    """Functions that are cheap, that compute nothing, that are composed; tiny and large sizes."""
    from bench_service.api import run
    from bench_service.suite import Suite

    document = {
        "name": "good",
        "activations": [
            "relu", "identity", "leaky_relu", "gelu", "hardswish", "prelu_channel", "relu2",
            mis("plain"), mis("adds_one"), mis("scales"), mis("prints"),
        ],
        "backends": ["cpu-eager"],
        "timing": {
            "passes": list(PASSES), "numels": [1, 1024, 1 << 18], "processes": 3,
            "max_processes": 3, "max_rounds": 4, "child_ms": 30,
        },
    }  # fmt: skip
    done = run(Suite.from_document(document, "good"), db=tmp_path / "runs.db")
    table = done.timing
    assert set(table.status) == {"ok"}, table.reason.tolist()
    assert len(table) == 11 * 9
    alarms = table[table.quality == "invalid"]
    assert alarms.empty, alarms[["activation", "pass_name", "numel", "quality_reason"]].to_string()


@pytest.mark.slow
def test_a_run_survives_everything_that_users_do_in_it(own_lock, tmp_path):
    """One group in which nearly everybody misbehaves: who doesn't is measured as if alone."""
    from bench_service.api import run
    from bench_service.suite import Suite

    bad = ("raises", "exits", "segfaults", "eats_memory", "crashes_others", "not_a_number")
    document = {
        "name": "bad",
        "activations": [
            "gelu",
            *map(mis, bad),
            mis("leaves_daemon"),
            mis("prints"),
            "silu",
        ],
        "backends": ["cpu-eager"],
        "timing": {
            "passes": ["forward"], "numels": [64], "processes": 3, "max_processes": 3,
            "max_rounds": 4, "child_ms": 20,
        },
    }  # fmt: skip
    done = run(Suite.from_document(document, "bad"), db=tmp_path / "runs.db")
    assert done.status == "partial"
    table = done.timing.set_index(done.timing.activation.str.rpartition(":")[2])
    good = ("gelu", "silu", "leaves_daemon", "prints")
    assert table.status.to_dict() == dict.fromkeys(bad, "failed") | dict.fromkeys(good, "ok")
    assert (table.reason[list(bad)] != "").all()
    assert (table.n_processes[list(good)] >= 2).all()
    assert commands_with("3602") == []
