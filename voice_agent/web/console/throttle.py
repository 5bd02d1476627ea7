"""How often somebody may mistype a password.

Counts failures in a sliding window: per name and address, per address, per name. They are kept outside of the process,
since the next try may come to another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from voice_agent.ports import SignInFailures

WINDOW_S: Final = 15 * 60
PER_NAME_AND_ADDRESS: Final = 5
PER_ADDRESS: Final = 30
"""A clinic's nurses may share one address."""
PER_NAME: Final = 50
"""Bounds guessing from many addresses; high, so that nobody can lock a nurse out with a few tries."""


class LoginThrottle:
    """Safe to use from any thread. Raises CallStoreError."""

    def __init__(self, failures: SignInFailures, clock: Callable[[], float]) -> None:
        """`clock`: Unix time in seconds."""
        self._failures = failures
        self._clock = clock

    def wait_s(self, name: str, address: str) -> float:
        """Seconds until the next try is allowed; 0 when it is now."""
        now = self._clock()
        return max(self._wait_s(who, limit, now) for who, limit in _counted(name, address))

    def failed(self, name: str, address: str) -> None:
        """Note a wrong name or password."""
        now = self._clock()
        for who, limit in _counted(name, address):
            self._failures.note(who, now, limit, WINDOW_S)

    def succeeded(self, name: str, address: str) -> None:
        """Forget this name's failures from this address."""
        self._failures.forget(_who(name, address))

    def _wait_s(self, who: str, limit: int, now: float) -> float:
        first = self._failures.when(who, limit)
        return 0.0 if first is None else max(0.0, first + WINDOW_S - now)


def _counted(name: str, address: str) -> list[tuple[str, int]]:
    return [
        (_who(name, address), PER_NAME_AND_ADDRESS),
        (_who("", address), PER_ADDRESS),
        (_who(name, ""), PER_NAME),
    ]


def _who(name: str, address: str) -> str:
    return f"{name}\n{address}"
