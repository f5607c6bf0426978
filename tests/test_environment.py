"""The facts of a process that has no torch, and that they don't bring it in."""

from __future__ import annotations

import json
import subprocess
import sys

READ = """
import json, sys
{first}
from bench_service.environment import read_environment
found = read_environment(import_torch={import_torch})
print(json.dumps([found.hardware, found.software, "torch" in sys.modules]))
"""


def facts(*, import_torch, first=""):
    """Hardware, software, and whether torch is there, as a fresh process has them."""
    source = READ.format(first=first, import_torch=import_torch)
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True)
    return json.loads(done.stdout)


def test_a_process_without_torch_stays_without_it_and_knows_its_version():
    import torch

    hardware, software, has_torch = facts(import_torch=False)
    assert not has_torch
    assert hardware["gpus"] == []
    assert software["packages"]["torch"] == torch.__version__
    unknown = {name for name, value in software.items() if value is None}
    assert {"torch_git", "torch_config_sha256", "cpu_capability"} <= unknown


def test_a_process_with_torch_has_the_facts_of_a_run():
    with_torch = facts(import_torch=False, first="import torch")
    assert with_torch == facts(import_torch=True)
    assert with_torch[1]["torch_git"]
