"""A store is named by a path or an address, and a password is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.errors import NotFoundError
from db.filesystem import shared_kind
from db.location import default_url, locate


@pytest.mark.parametrize("form", ["{path}", "sqlite:///{path}", "sqlite://{path}"])
def test_a_path_and_its_address_name_the_same_file(tmp_path, form):
    path = tmp_path / "store.db"
    text = form.format(path=path)
    if form.startswith("sqlite://{"):
        path = Path(str(path)[1:]).absolute()  # sqlite:// and three slashes is relative
    assert locate(text).path == path


def test_a_relative_path_and_a_home_folder_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    here = tmp_path / "store.db"
    for text in ("store.db", "sqlite:///store.db", "~/store.db", "sqlite:///~/store.db"):
        assert locate(text).path == here
        assert locate(text).url == f"sqlite:///{here}"
    assert locate(Path("store.db")).path == here


@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_reached_through_psycopg_and_its_password_is_hidden(kind):
    place = locate(f"{kind}://me:secret@host/db")
    assert place.path is None
    assert place.url == "postgresql+psycopg://me:secret@host/db"
    assert "secret" not in str(place)


@pytest.mark.parametrize(
    "wrong", ["", "sqlite://", "sqlite:///", ":memory:", "sqlite:///:memory:", "mysql://host/db"]
)
def test_any_other_address_is_refused_with_what_is_allowed(wrong):
    with pytest.raises(NotFoundError, match="postgresql"):
        locate(wrong)


def test_the_environment_names_the_default_store(monkeypatch):
    monkeypatch.setenv("BENCH_SERVICE_DB", "/some/where.db")
    assert default_url() == "/some/where.db"
    monkeypatch.setenv("BENCH_SERVICE_DB", " ")
    assert locate(default_url()).path.name == "store.db"


MOUNTS = r"""/dev/vda / ext4 rw 0 0
server:/a /data nfs4 rw 0 0
/dev/vdb /data/local xfs rw 0 0
host /with\040space 9p rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/store.db", ""),
        ("/data/store.db", "nfs4"),
        ("/database/store.db", ""),
        ("/data/local/store.db", ""),
        ("/with space/store.db", "9p"),
    ],
)
def test_the_innermost_mount_says_whether_a_file_system_is_shared(tmp_path, path, kind):
    (tmp_path / "mounts").write_text(MOUNTS)
    assert shared_kind(Path(path), tmp_path / "mounts") == kind


def test_a_system_that_lists_no_mounts_is_taken_for_local(tmp_path):
    assert shared_kind(tmp_path, tmp_path / "none") == ""
