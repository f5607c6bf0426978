from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench_service.errors import ActivationError, UnknownNameError
from bench_service.references import absolute, check_reference, module_is_there


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package of somebody else's that adds an activation, and whose import fails."""
    folder = tmp_path / "site"
    info = folder / "swooshes-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: swooshes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[bench_service.activations]\nswoosh = swooshes:f\n")
    (folder / "swooshes.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_an_installed_packages_name_is_known_without_importing_it(installed):
    check_reference("swoosh")
    assert "swooshes" not in sys.modules


def test_a_name_that_is_nearly_an_installed_one_says_so(installed):
    with pytest.raises(UnknownNameError, match="did you mean swoosh"):
        check_reference("swosh")


@pytest.mark.parametrize("name", ["relu", "gelu", "json:loads", "torch.nn:ReLU", "os.path:join"])
def test_what_is_there_passes(name):
    check_reference(name)


@pytest.mark.parametrize("name", ["nothing.at.all:x", "json:", "json:a b", "3json:x", "a..b:x"])
def test_what_isnt_there_is_an_input_error(name):
    with pytest.raises(ActivationError):
        check_reference(name)


def test_modules_of_the_current_folder_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spaces").mkdir()
    (tmp_path / "spaces" / "inner.py").write_text("")
    assert module_is_there("spaces.inner")
    assert not module_is_there("spaces.outer")
    assert not module_is_there("elsewhere")


@pytest.mark.parametrize(
    ("reference", "whole"),
    [
        ("own.py:f", "/there/own.py:f"),
        ("deep/own.py:Box.f", "/there/deep/own.py:Box.f"),
        ("../own.py:f", "/there/../own.py:f"),
        ("/else/own.py:f", "/else/own.py:f"),
        ("relu", "relu"),
        ("torch.nn:ReLU", "torch.nn:ReLU"),
        ("", ""),
    ],
)
def test_only_paths_of_files_are_made_absolute(reference, whole):
    assert absolute(reference, Path("/there")) == whole


def test_a_file_without_an_ending_is_known_by_being_there(tmp_path):
    (tmp_path / "own").write_text("")
    assert absolute("own:f", tmp_path) == f"{tmp_path}/own:f"
    check_reference("own:f", tmp_path)


def test_files_are_read_from_the_folder_that_is_given(tmp_path):
    (tmp_path / "own.py").write_text("")
    check_reference("own.py:f", tmp_path)
    with pytest.raises(ActivationError, match="no file") as caught:
        check_reference("own.py:f", tmp_path / "elsewhere")
    assert str(tmp_path / "elsewhere") in caught.value.next_step


def test_a_module_that_was_where_the_run_began_is_sought_there_by_the_user(tmp_path):
    with pytest.raises(ActivationError, match="no module") as caught:
        check_reference("nowhere_at_all:f", tmp_path)
    assert f"the run began in {tmp_path}" in caught.value.next_step
