from __future__ import annotations

import os
import sys

import pytest

from bench_service.activations.locate import describe, locate
from bench_service.errors import ActivationError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of the user in the current directory, which is not on the path."""
    folder = tmp_path / "acts_of_mine"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "smooth.py").write_text("class Box:\n    swoosh = abs\nlimit = 3\n")
    (folder / "broken.py").write_text("import surely_not_installed\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    yield folder
    for name in [name for name in sys.modules if name.startswith("acts_of_mine")]:
        del sys.modules[name]


def test_a_module_of_the_current_directory_is_found(package):
    assert locate("acts_of_mine.smooth:limit") == 3
    assert os.fspath(package.parent) not in sys.path


def test_an_attribute_of_an_attribute_is_found(package):
    assert locate("acts_of_mine.smooth:Box.swoosh") is abs


def test_an_attribute_of_a_file_is_found(package):
    assert locate(f"{package / 'smooth.py'}:limit") == 3
    assert locate("acts_of_mine/smooth.py:limit") == 3


def test_an_unedited_file_is_executed_once_and_an_edited_one_again(package):
    path = package / "smooth.py"
    assert locate(f"{path}:Box") is locate(f"{path}:Box")
    assert locate(f"{path}:Box.swoosh") is abs
    path.write_text("limit = 4\n")
    os.utime(path, ns=(1, 1))
    assert locate(f"{path}:limit") == 4


def test_a_file_that_is_not_there_is_named_with_where_it_was_sought(package):
    with pytest.raises(ActivationError, match=r"There is no file 'gone\.py'") as caught:
        locate("gone.py:relu")
    assert str(package.parent) in caught.value.next_step


def test_a_module_that_cant_be_imported_gives_its_own_reason(package):
    with pytest.raises(ActivationError, match="can't be imported") as caught:
        locate("acts_of_mine.broken:relu")
    assert "No module named 'surely_not_installed'" in caught.value.got


def test_a_module_that_nobody_has_is_named():
    with pytest.raises(ActivationError, match="'nowhere_at_all' can't be imported"):
        locate("nowhere_at_all:relu")


def test_a_missing_attribute_gets_the_near_names(package):
    with pytest.raises(ActivationError, match="has no attribute 'limt'") as caught:
        locate("acts_of_mine.smooth:limt")
    assert caught.value.next_step == "did you mean limit?"
    assert "Box" in caught.value.allowed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("def (", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_file_that_fails_gives_its_own_reason(tmp_path, text, reason):
    path = tmp_path / "failing.py"
    path.write_text(text)
    with pytest.raises(ActivationError, match="raised an exception") as caught:
        locate(f"{path}:anything")
    assert reason in caught.value.got
    assert not any(name.startswith("bench_service_user_failing") for name in sys.modules)


@pytest.mark.parametrize("reference", ["module:", ":attribute", ":"])
def test_a_reference_has_two_parts(reference):
    with pytest.raises(ActivationError, match="two parts"):
        locate(reference)


def test_an_exception_is_described_on_one_line():
    assert describe(ValueError("two\n  lines")) == "ValueError: two lines"
    assert describe(KeyboardInterrupt()) == "KeyboardInterrupt"
