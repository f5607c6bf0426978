"""The C library's allocator, as it comes or with its arena kept warm."""

from __future__ import annotations

import ctypes
import ctypes.util

# Parameters of mallopt(3), glibc.
M_TRIM_THRESHOLD = -1
M_TOP_PAD = -2
M_MMAP_MAX = -4

TOP_PAD_BYTES = 1 << 28

# glibc serves requests above a threshold by mmap and returns them on free, so that every call
# faults its pages in again. The threshold follows what was freed, up to 32 MiB on 64-bit systems
# (mallopt(3), DEFAULT_MMAP_THRESHOLD_MAX).
ALWAYS_MAPPED_BYTES = 32 << 20


def keep_arena_warm() -> bool:
    """True where the allocator will keep freed memory mapped for the rest of this process.

    Large results then come from memory whose pages are in place, which shows the kernel without
    the page faults. False where the C library has no mallopt (musl, macOS).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, -1), (M_TOP_PAD, TOP_PAD_BYTES))
    return all(mallopt(parameter, value) == 1 for parameter, value in settings)
