"""Data sets of OpenML: fetched once, kept whole or not at all, refused where they are others."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import sklearn.datasets

from bench_service.errors import WorkloadError
from bench_service.workloads.openml_data import ImageSet, cache_folder, fetch_from_openml, images

TINY = ImageSet("tiny", 3, (2, 2, 3))
PIXELS = np.arange(5 * 12).reshape(5, 12)
LABELS = np.array(["0", "9", "3", "3", "1"], dtype=object)


class Openml:
    """Serves rows as OpenML does, floating-point pixels and classes as text, and counts."""

    def __init__(self, pixels=PIXELS, error=None):
        self.pixels, self.error = pixels, error
        self.asked = []

    def __call__(self, name, version, folder):
        self.asked.append((name, version, folder))
        if self.error:
            raise self.error
        return SimpleNamespace(data=self.pixels.astype(np.float64), target=LABELS)


def test_a_data_set_is_fetched_once_and_then_read_from_its_folder(tmp_path):
    openml = Openml()
    folder = tmp_path / "cache"
    for _ in range(2):
        pixels, labels = images(TINY, fetch=openml, folder=folder)
        assert pixels.dtype == np.uint8
        assert pixels.tolist() == PIXELS.tolist()
        assert labels.tolist() == [0, 9, 3, 3, 1]
    assert openml.asked == [("tiny", 3, folder)]
    assert [path.name for path in folder.iterdir()] == ["tiny-3.npz"]


def test_two_versions_of_a_data_set_are_kept_apart(tmp_path):
    openml = Openml()
    images(TINY, fetch=openml, folder=tmp_path)
    images(ImageSet("tiny", 4, (2, 2, 3)), fetch=openml, folder=tmp_path)
    assert len(openml.asked) == 2


def test_without_a_network_it_says_where_the_data_would_be_kept_and_leaves_nothing(tmp_path):
    offline = Openml(error=OSError("Name or service not known"))
    with pytest.raises(WorkloadError, match="can't be fetched") as raised:
        images(TINY, fetch=offline, folder=tmp_path)
    assert "Name or service not known" in raised.value.got
    assert str(tmp_path) in raised.value.next_step
    assert not list(tmp_path.iterdir())


def test_rows_of_another_width_are_refused_and_not_kept(tmp_path):
    with pytest.raises(WorkloadError, match="isn't what this workload was made for") as raised:
        images(TINY, fetch=Openml(pixels=PIXELS[:, :11]), folder=tmp_path)
    assert "12" in raised.value.allowed
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_named_with_what_to_do(tmp_path):
    (tmp_path / "tiny-3.npz").write_bytes(b"half a file")
    with pytest.raises(WorkloadError, match="can't be read") as raised:
        images(TINY, fetch=Openml(), folder=tmp_path)
    assert "tiny-3.npz" in raised.value.got
    assert "delete" in raised.value.next_step


def test_a_full_disk_leaves_no_half_written_file(tmp_path, monkeypatch):
    def full(*_args, **_keywords):
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        images(TINY, fetch=Openml(), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_scikit_learn_is_asked_for_arrays_and_a_single_repetition(monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr(
        sklearn.datasets, "fetch_openml", lambda name, **keywords: asked.update(keywords, name=name)
    )
    fetch_from_openml("mnist_784", 1, tmp_path)
    assert asked == {
        "name": "mnist_784", "version": 1, "data_home": str(tmp_path), "as_frame": False,
        "parser": "pandas", "n_retries": 1,
    }  # fmt: skip


def test_the_cache_lies_in_the_user_s_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "bench-service" / "openml"
