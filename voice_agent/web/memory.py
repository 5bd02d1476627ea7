"""What the C library keeps of the memory that it was given back.

A call's decoder takes and frees some megabytes for each thing that the caller says, in pieces of all sizes. glibc keeps
what was freed, and the process only ever grows. (Fewer arenas, its usual cure, made the calls wait for one another.)
Where the server runs with jemalloc, as it is deployed, this finds nothing to do.
"""

from __future__ import annotations

import ctypes
from typing import Final

_libc: Final = ctypes.CDLL(None)  # calls through it let go of Python's global lock


def give_back() -> None:
    """Return what is free to the machine: some milliseconds. Where the C library is not glibc, nothing happens."""
    malloc_trim = getattr(_libc, "malloc_trim", None)
    if malloc_trim:
        malloc_trim(0)
