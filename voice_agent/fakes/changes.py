"""What changed, in memory: a stand-in for the stream that all consoles watch."""

from __future__ import annotations

import threading


class ChangeLog:
    """Counts changes and wakes who waits for one. Safe from any thread."""

    def __init__(self) -> None:
        self._count = 0
        self._grown = threading.Condition()

    def add(self) -> None:
        """Something changed."""
        with self._grown:
            self._count += 1
            self._grown.notify_all()

    def last(self) -> str:
        """Position of the newest change."""
        with self._grown:
            return f"{self._count}-0"

    def wait(self, after: str, wait_s: float) -> str | None:
        """The newest position, when it is or becomes another than `after` within `wait_s`; else None."""
        seen = int(after.partition("-")[0]) if after.partition("-")[0].isdigit() else 0
        with self._grown:
            grown = self._grown.wait_for(lambda: self._count > seen, wait_s)
            return f"{self._count}-0" if grown else None
