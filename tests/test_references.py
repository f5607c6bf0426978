from __future__ import annotations

import sys

import pytest

from bench_service.errors import ActivationError, UnknownNameError
from bench_service.references import check_reference, module_is_there


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
