"""What kind of file system a store's file is on: write-ahead logging needs a local one."""

from __future__ import annotations

from pathlib import Path

MOUNTS = Path("/proc/mounts")
FileId = tuple[int, int]
"""What tells a file from another one of its name."""

# fmt: off
SHARED = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "prl_fs",
    "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs",
})
# fmt: on


def file_id(path: Path) -> FileId | None:
    """The file that is there now; None where none is, OSError where that can't be told."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def shared_kind(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the shared or network file system that holds a path; empty for a local one.

    Other machines may hold the same file there, and the shared memory that SQLite's write-ahead
    log needs doesn't reach them. Where the system doesn't list its mounts, the answer is empty.
    """
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    place = path.resolve()
    longest, kind = -1, ""
    for line in lines:
        _, mounted, found, *_ = (*line.split(), "", "", "")
        mount = mounted.encode().decode("unicode_escape")  # a space is written \040
        if mount and place.is_relative_to(mount) and len(mount) >= longest:
            longest, kind = len(mount), found
    return kind if kind in SHARED else ""
