"""How often somebody may mistype a password.

Counts failures in a sliding window, in memory: per name and address, per address, per name. A restart forgets them,
which helps nobody much: scrypt makes each guess dear as well.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

WINDOW_S: Final = 15 * 60
PER_NAME_AND_ADDRESS: Final = 5
PER_ADDRESS: Final = 30
"""A clinic's nurses may share one address."""
PER_NAME: Final = 50
"""Bounds guessing from many addresses; high, so that nobody can lock a nurse out with a few tries."""
MOST_KEYS: Final = 10_000

Key = tuple[str, str]


class LoginThrottle:
    """Safe to use from any thread. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: dict[Key, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, name: str, address: str) -> float:
        """Seconds until the next try is allowed; 0 when it is now."""
        with self._lock:
            now = self._clock()
            return max(self._wait_s(key, limit, now) for key, limit in _keys(name, address))

    def failed(self, name: str, address: str) -> None:
        """Note a wrong name or password."""
        with self._lock:
            now = self._clock()
            if len(self._failures) > MOST_KEYS:
                self._failures = {key: times for key, times in self._failures.items() if now - times[-1] < WINDOW_S}
            for key, limit in _keys(name, address):
                self._failures.setdefault(key, deque(maxlen=limit)).append(now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget this name's failures from this address."""
        with self._lock:
            self._failures.pop((name, address), None)

    def _wait_s(self, key: Key, limit: int, now: float) -> float:
        times = self._failures.get(key)
        if times is None or len(times) < limit:
            return 0.0
        return max(0.0, times[0] + WINDOW_S - now)


def _keys(name: str, address: str) -> list[tuple[Key, int]]:
    return [((name, address), PER_NAME_AND_ADDRESS), (("", address), PER_ADDRESS), ((name, ""), PER_NAME)]
