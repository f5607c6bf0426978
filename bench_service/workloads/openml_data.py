"""Images from OpenML: fetched once, and kept as bytes in the user's cache."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from platformdirs import user_cache_path

from bench_service.errors import WorkloadError

Bytes = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


class Rows(Protocol):
    """What OpenML's loader gives: a row of pixels and the name of a class for each image."""

    @property
    def data(self) -> npt.NDArray[np.generic]:
        """Pixels of shape (n, n_bytes)."""
        ...

    @property
    def target(self) -> npt.NDArray[np.generic]:
        """Classes of shape (n,), as digits."""
        ...


Fetch = Callable[[str, int, Path], Rows]
"""``fetch(name, version, folder)``, which may use the folder for files of its own."""


@dataclass(frozen=True)
class ImageSet:
    """A data set of OpenML whose rows are the bytes of images, channel after channel."""

    name: str
    version: int
    shape: tuple[int, int, int]
    """Channels, height and width."""

    @property
    def n_bytes(self) -> int:
        """Of an image."""
        return int(np.prod(self.shape))


def cache_folder() -> Path:
    """Where data sets are kept: a folder of the user's cache, which may be emptied at any time."""
    return user_cache_path("bench-service") / "openml"


def fetch_from_openml(name: str, version: int, folder: Path) -> Rows:
    """The rows of a data set, by scikit-learn; raises whatever sockets and parsers raise."""
    from sklearn.datasets import fetch_openml  # it takes half a second to import

    rows: Rows = fetch_openml(
        name, version=version, data_home=str(folder), as_frame=False, parser="pandas", n_retries=1
    )
    return rows


def images(
    image_set: ImageSet, *, fetch: Fetch = fetch_from_openml, folder: Path | None = None
) -> tuple[Bytes, Labels]:
    """Images of shape (n, n_bytes) and labels (n,): from the folder, or fetched and put there.

    WorkloadError where they can't be fetched, or are something else than is expected.
    """
    folder = folder or cache_folder()
    path = folder / f"{image_set.name}-{image_set.version}.npz"
    if not path.exists():
        found = _fetched(image_set, fetch, folder)
        _keep(path, *found)
        return found
    try:
        with np.load(path) as kept:
            return kept["pixels"], kept["labels"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise WorkloadError(
            f"What was kept of {image_set.name} can't be read.",
            got=f"{path}: {error}",
            next_step="delete that file, and the data are fetched again",
        ) from error


def _fetched(image_set: ImageSet, fetch: Fetch, folder: Path) -> tuple[Bytes, Labels]:
    try:
        rows = fetch(image_set.name, image_set.version, folder)
    except Exception as error:  # sockets, HTTP, checksums and parsers each have their own
        raise WorkloadError(
            f"The data set {image_set.name} isn't on this machine yet, and can't be fetched.",
            got=f"{type(error).__name__}: {error}",
            next_step=f"try again with a connection to openml.org; it is then kept in {folder}",
        ) from error
    pixels = np.asarray(rows.data)
    if pixels.ndim != 2 or pixels.shape[1] != image_set.n_bytes:
        raise WorkloadError(
            f"OpenML's {image_set.name} isn't what this workload was made for.",
            got=f"rows of shape {pixels.shape[1:]}",
            allowed=f"rows of {image_set.n_bytes} bytes",
        )
    return pixels.astype(np.uint8), np.asarray(rows.target).astype(np.int64)


def _keep(path: Path, pixels: Bytes, labels: Labels) -> None:
    """Written under another name first: a reader finds the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, pixels=pixels, labels=labels)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink()
        raise
