"""How loud the line is when nobody speaks.

A detector of speech needs some tenths of a second to be sure that speech has ended; the level of the line tells it at
once, where one knows what silence sounds like on this line.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from voice_agent.audio.frames import FRAME_MS

WINDOW_MS: Final = 3000
"""Longer than people speak without a gap between two words."""
LOWEST_DB: Final = 65
"""A line that is quieter still (digital silence) is taken for this quiet: -65 dB of full scale."""
_SHARE: Final = 0.2
"""So much of the window is quieter than the floor."""
_FEWEST: Final = 10


class NoiseFloor:
    """Follows one line; levels in dB of full scale, one a frame."""

    def __init__(self) -> None:
        self._window: deque[int] = deque()
        self._counts = [0] * (LOWEST_DB + 1)

    def hear(self, level_dbfs: float) -> None:
        """The level of the next frame."""
        step = min(LOWEST_DB, max(0, round(-level_dbfs)))
        self._window.append(step)
        self._counts[step] += 1
        if len(self._window) * FRAME_MS > WINDOW_MS:
            self._counts[self._window.popleft()] -= 1

    @property
    def dbfs(self) -> float:
        """The floor; -65 before it is known."""
        if len(self._window) < _FEWEST:
            return float(-LOWEST_DB)
        left = _SHARE * len(self._window)
        for step in range(LOWEST_DB, -1, -1):
            left -= self._counts[step]
            if left <= 0:
                return float(-step)
        raise AssertionError("the counts hold every frame of the window")
