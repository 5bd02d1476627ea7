"""Prompts that were rendered before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple


class PromptKey(NamedTuple):
    """What makes a rendering different from another."""

    voice: str
    rate_wpm: int
    text: str


class PromptCache:
    """Fixed prompts for good, others while there is room; in memory only, safe from any thread.

    Sentences with a caller's name or appointment pass through here as well. They are never kept for good and
    never on disk: the least recently used go first once the others hold more than `room_bytes`.
    """

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self._fixed: dict[PromptKey, bytes] = {}
        self._recent: OrderedDict[PromptKey, bytes] = OrderedDict()
        self._recent_bytes = 0
        self._lock = threading.Lock()

    @property
    def recent_bytes(self) -> int:
        """What the sentences that are not fixed take."""
        return self._recent_bytes

    def get(self, key: PromptKey) -> bytes | None:
        """The sound of `key`, if it is here."""
        with self._lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
            return self._fixed.get(key)

    def put(self, key: PromptKey, pcm: bytes, *, fixed: bool = False) -> None:
        """Keep the sound of `key`: for good when `fixed`, else while there is room."""
        with self._lock:
            if fixed:
                self._forget(key)
                self._fixed[key] = pcm
            elif key not in self._fixed:
                self._forget(key)
                self._recent[key] = pcm
                self._recent_bytes += len(pcm)
                while self._recent_bytes > self._room_bytes:
                    self._forget(next(iter(self._recent)))

    def _forget(self, key: PromptKey) -> None:
        self._recent_bytes -= len(self._recent.pop(key, b""))
