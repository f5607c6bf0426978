"""What every registered backend promises, whatever this machine has."""

import subprocess
import sys

import pytest
import torch

from bench_service.backends import BACKENDS

NAMES = BACKENDS.names()


def test_the_backends_are_those_that_the_documents_name():
    assert set(NAMES) == {
        "cpu-eager",
        "cpu-compile",
        "cuda-eager",
        "cuda-compile",
        "cuda-graph",
        "mps-eager",
        "xpu-eager",
    }


@pytest.fixture(params=NAMES)
def backend(request):
    return BACKENDS.get(request.param)


def test_a_backend_is_called_what_it_is_registered_as():
    assert [BACKENDS.get(name).name for name in NAMES] == list(NAMES)


def test_its_device_is_one_of_torch_and_begins_its_name(backend):
    assert torch.device(backend.device).type == backend.device
    assert backend.name.startswith(backend.device)


def test_its_conditions_are_known_words_and_each_is_there_once(backend):
    known = {"default", "arena", "kernel", "hot", "wall", "graph"}
    assert backend.conditions
    assert set(backend.conditions) <= known
    assert len(set(backend.conditions)) == len(backend.conditions)


def test_its_dtypes_are_floating_dtypes_of_torch(backend):
    assert "float32" in backend.dtypes
    for name in backend.dtypes:
        dtype = getattr(torch, name)
        assert isinstance(dtype, torch.dtype)
        assert dtype.is_floating_point


def test_it_can_be_used_or_says_in_a_sentence_why_not(backend):
    reason = backend.unavailable()
    if reason is not None:
        assert len(reason.split()) >= 5
        assert reason == reason.strip()
        assert "\n" not in reason


def test_its_memory_is_a_number_of_bytes(backend):
    assert isinstance(backend.memory_bytes(), int)
    assert backend.memory_bytes() >= 0


def test_an_uncompiled_backend_runs_the_function_itself(backend):
    if not backend.is_compiled:
        assert backend.compile(torch.relu) is torch.relu


def test_only_compiled_backends_are_named_so(backend):
    assert backend.is_compiled == backend.name.endswith("-compile")


def test_asking_what_can_be_used_starts_no_device():
    program = """
from bench_service.backends import BACKENDS
import torch
for backend in BACKENDS:
    backend.unavailable(), backend.memory_bytes(), backend.conditions, repr(backend)
assert not torch.cuda.is_initialized()
assert not torch.xpu.is_initialized()
child = __import__("os").fork()
if child == 0:
    assert not torch.cuda._is_in_bad_fork()
    __import__("os")._exit(0)
assert __import__("os").waitpid(child, 0)[1] == 0
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
