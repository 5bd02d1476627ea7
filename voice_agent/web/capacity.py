"""How many calls at once.

The media socket takes a place and gives it back; the voice webhook only looks. A server that is about to stop takes
no more, and one that runs late takes none until it has recovered. Lateness is asked only when the phone rings: a call
that comes back after its socket was lost, or whose socket is on its way, is not a new one.
"""

from __future__ import annotations

import threading

from voice_agent.web.lateness import Lateness


class Capacity:
    """Counts live calls. Safe to use from any thread."""

    def __init__(self, max_calls: int, lateness: Lateness | None = None) -> None:
        """`lateness`: where live calls report how late they run."""
        self.lateness = lateness or Lateness()
        self._max_calls = max_calls
        self._live = 0
        self._closed = False
        self._lock = threading.Lock()

    @property
    def live(self) -> int:
        """Calls that hold a place now."""
        return self._live

    @property
    def full(self) -> bool:
        """Whether the next call would find no place."""
        with self._lock:
            return self._closed or self._live >= self._max_calls

    def acquire(self) -> bool:
        """Take a place; False when there is none."""
        with self._lock:
            if self._closed or self._live >= self._max_calls:
                return False
            self._live += 1
            return True

    def release(self) -> None:
        """Give a place back."""
        with self._lock:
            if self._live == 0:
                raise AssertionError("a place was given back that nobody had taken")
            self._live -= 1

    @property
    def closed(self) -> bool:
        """Whether the server drains."""
        with self._lock:
            return self._closed

    def close(self) -> None:
        """No new calls from now on: the server drains."""
        with self._lock:
            self._closed = True
