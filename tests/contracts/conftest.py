"""The entries that are tested, and the NumPy reference that they are held against."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from entries import USER_FILE

from bench_service.activations import ACTIVATIONS
from bench_service.activations.custom import load_activation


@pytest.fixture(scope="session")
def reference():
    path = Path(__file__).with_name("numpy_reference.py")
    spec = importlib.util.spec_from_file_location("numpy_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def user_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("user") / "mine.py"
    path.write_text(USER_FILE)
    return path


@pytest.fixture
def entry(request, user_file):
    """The activation of that name: from the catalogue, or from the user's file."""
    if request.param in ACTIVATIONS:
        return ACTIVATIONS.get(request.param)
    return load_activation(f"{user_file}:{request.param}")
