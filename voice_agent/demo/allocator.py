"""What our server takes memory with: jemalloc, where the machine has it.

Decoders take and free megabytes in pieces of all sizes, on many threads. glibc's arenas keep most of it: with 20 calls
they still grew after an hour. jemalloc gives it back (docs/decisions.md, 39).
"""

from __future__ import annotations

from collections.abc import Mapping
from ctypes.util import find_library
from typing import Final

SETTINGS: Final = "dirty_decay_ms:5000,muzzy_decay_ms:5000"
"""What is free for five seconds goes back to the machine."""


def allocator(environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to the environment of the server; nothing where the library is missing, or another one is wanted."""
    library = find_library("jemalloc")
    return {"LD_PRELOAD": library, "MALLOC_CONF": SETTINGS} if library and "LD_PRELOAD" not in environ else {}
