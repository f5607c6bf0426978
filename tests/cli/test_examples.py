"""The examples name verbs and options that there are, and can be read by what they are for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
CALL = re.compile(r"/bench-service/bin/bench-service ([^\n]*)")


def calls():
    found = [
        (file.name, call.group(1).partition(" 2>")[0])
        for file in sorted(FOLDER.iterdir())
        for call in CALL.finditer(file.read_text())
    ]
    assert len(found) == 4
    return found


@pytest.mark.parametrize(("file", "line"), calls())
def test_what_a_unit_or_a_crontab_calls_is_there(call, file, line):
    words = line.split()
    verb = [word for word in words if not word.startswith("-") and not word.isdecimal()]
    offered = call(*verb, "--help")
    assert offered.status == 0
    assert all(word in offered.out for word in words if word.startswith("--"))


def test_the_cron_job_of_kubernetes_is_one_and_its_command_is_there(call):
    yaml = pytest.importorskip("yaml")
    document = yaml.safe_load((FOLDER / "kubernetes-cronjob.yaml").read_text())
    assert (document["apiVersion"], document["kind"]) == ("batch/v1", "CronJob")
    assert document["spec"]["concurrencyPolicy"] == "Forbid"
    pod = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    program, verb, *options = container["command"]
    offered = call(verb, "--help")
    assert (program, pod["restartPolicy"], offered.status) == ("bench-service", "Never", 0)
    assert all(word in offered.out for word in options if word.startswith("--"))
