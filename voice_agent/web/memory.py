"""What the C library keeps of the memory that it was given back.

A call's decoder takes and frees some megabytes for each thing that the caller says, in pieces of all sizes. glibc keeps
what was freed, spread over an arena for each of many threads, and the process only ever grows.
"""

from __future__ import annotations

import ctypes
from typing import Final

ARENAS: Final = 2
_M_ARENA_MAX: Final = -8
_libc: Final = ctypes.CDLL(None)  # calls through it let go of Python's global lock


def keep_together() -> None:
    """Take memory from few arenas, so that what one thread frees another can use. Call before threads start."""
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt:
        mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return what is free to the machine: some milliseconds. Where the C library is not glibc, nothing happens."""
    malloc_trim = getattr(_libc, "malloc_trim", None)
    if malloc_trim:
        malloc_trim(0)
