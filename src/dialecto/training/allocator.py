"""Freed memory stays with the process while it trains.

A training step frees and takes the same tensors again and again. glibc gives large ones back to the
system each time, and the kernel clears every page anew: a step of a small model took 3 to 7%
more processor time (docs/benchmarks.md).
"""

from __future__ import annotations

import ctypes
import sys

# Numbers of malloc.h [mallopt(3)]; 32 MiB is the highest threshold that glibc takes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_HIGHEST, _NEVER = 32 * 1024 * 1024, 2**31 - 1


def keep_freed_memory() -> bool:
    """Ask glibc to keep what is freed. False where there is no glibc; results never change."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # musl
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _HIGHEST)) and bool(mallopt(_TRIM_THRESHOLD, _NEVER))
