"""Numbers typed key by key.

A single key is an answer at once where the question gives it a meaning; a date or a number is collected until #
or until the caller pauses. Time is the audio's.
"""

from __future__ import annotations


class Keypad:
    """Collects the keys of one number."""

    def __init__(self, pause_ms: int) -> None:
        """`pause_ms`: the pause after the last key that ends the number."""
        self._pause_ms = pause_ms
        self._keys = ""
        self._last_ms = 0

    @property
    def busy(self) -> bool:
        """A number is being typed."""
        return bool(self._keys)

    def press(self, digit: str, at_ms: int) -> str | None:
        """Take a key; the whole number when this was #."""
        self._last_ms = at_ms
        if digit == "#":
            return self._take()
        self._keys += digit
        return None

    def pause(self, now_ms: int) -> str | None:
        """The whole number when the caller has paused long enough."""
        return self._take() if self._keys and now_ms - self._last_ms >= self._pause_ms else None

    def _take(self) -> str | None:
        keys, self._keys = self._keys, ""
        return keys or None
