"""What released programs stored is kept by an upgrade, and answers as before."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
from golden_stores import content, golden, rows
from sqlalchemy import delete

from db import queries
from db.liveness import Machine
from db.maintenance import check
from db.migrate import upgrade
from db.session import open_store
from db.tables import Run


def test_an_upgrade_keeps_every_row_as_it_was(released):
    """Columns that a later release added come behind those that there were."""
    before = content(released)
    upgrade(released)
    after = content(released)
    assert set(before.pop("meta")) <= set(after["meta"])
    for name, found in before.items():
        assert [row[: len(found[0])] for row in after[name]] == found
    with open_store(released, read_only=True) as store:
        assert check(store).problems == ()


def test_what_hangs_off_a_run_still_goes_with_it_after_an_upgrade(released):
    upgrade(released)
    with open_store(released) as store, store.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        connection.execute(delete(Run))
    left = {name for name, found in content(released).items() if found}
    assert left <= {
        "meta", "quantity", "hardware", "software", "environment", "activation", "timing_case",
        "training_case", "workload", "job", "job_attempt", "worker", "schedule", "firing",
    }  # fmt: skip


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


def test_a_worker_that_0_3_0_stored_is_asked_for_on_its_host_as_before(file):
    """It didn't say whose process ids its own is one of: the host's name decides."""
    upgrade(golden("v0_3_0", file))
    with open_store(file, read_only=True) as store:
        ((state,),) = rows(store, "SELECT process_space FROM worker WHERE identity = 'lab/a'")
    lab = Machine("lab", 1777777777.25, {4711: 1777800000.5}.get, "a space")
    assert lab.shares_processes({"host": "lab", "process_space": state})


def test_the_service_that_0_3_0_stored_answers_as_before(file):
    upgrade(golden("v0_3_0", file))
    with open_store(file, read_only=True) as store:
        assert queries.find_job(store, "golden-job") == "0c1job0001"
        assert queries.find_job(store, "latest") == "0c1job0002"
        assert queries.run_header(store, "0c1jrun000")["trigger"] == "job"
        waits, failed, done = queries.jobs(store).to_dict("records")
        assert [job["status"] for job in (waits, failed, done)] == ["queued", "failed", "done"]
        assert (waits["route"], failed["route"]) == ("host:lab", "gpu:NVIDIA H200")
        assert (failed["priority"], failed["n_attempts"], failed["worker"]) == (-1, 2, "lab/b")
        assert failed["reason"] == "three workers were lost with it"
        assert (done["run"], done["schedule"]) == ("0c1jrun000", "nightly")
        assert done["due_at"] == datetime(2026, 5, 4, 3, tzinfo=UTC)
        attempts = queries.job_attempts(store, "0c1job0001")
        assert attempts.outcome.tolist() == ["released", "lost"]
        np.testing.assert_array_equal(attempts.worker_cpu_s, [1.5, np.nan])
        workers = queries.workers(store)
        assert workers.routes.tolist() == [["cpu", "host:lab"], ["gpu:NVIDIA H200"]]
        assert workers.progress.tolist() == [None, {"now": "gelu", "share": 0.5}]
        assert workers.rss_bytes.tolist() == [2**27, pd.NA]
        (nightly,) = queries.schedules(store).to_dict("records")
        assert (nightly["cron"], nightly["suite"]) == ("0 5 * * *", "smoke")
        assert (nightly["enabled"], nightly["last_status"]) == (True, "done")
        firings = queries.firings(store, "nightly")
        assert firings.note.tolist() == ["", "missed; a later one was due"]
        ((document,),) = rows(store, "SELECT document FROM job WHERE uid = '0c1job0002'")
        assert '"folder":"/home/ann"' in document
