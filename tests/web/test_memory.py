"""Freed memory goes back to the machine."""

from __future__ import annotations

import ctypes
from pathlib import Path

from voice_agent.web import memory

PIECES = 1600
PIECE_BYTES = 64_000  # small enough to come from the heap
PAGE_BYTES = 4096


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / 1e6


def test_what_is_free_below_something_that_is_kept_is_given_back() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    pieces = [libc.malloc(PIECE_BYTES) for _ in range(PIECES)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE_BYTES)
    *freed, kept = pieces
    for piece in freed:
        libc.free(piece)
    before = resident_mb()
    memory.give_back()
    assert before - resident_mb() > PIECES * PIECE_BYTES / 1e6 / 2
    libc.free(kept)
