"""What time it is on the caller's line, between frames as well.

Audio time moves in steps of 20 ms, and stands still while frames wait unprocessed: a loop that runs half a second
behind would measure itself half a second too fast. So the shell tells at what wall time each frame was processed, and
any wall time is translated by the frame that came through quickest so far. What a slow frame lost, in the network or
with us, thus counts as time that the caller waited.
"""

from __future__ import annotations

from typing import Final

DRIFT: Final = 1e-4
"""By how much the carrier's clock may run slower than ours, as a share: 100 ms in 1,000 s, as cheap quartz does."""


class LineClock:
    """Audio time from wall time; all in milliseconds. Never runs backwards."""

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self._told_ms = 0.0

    def frame(self, at_ms: int, wall_ms: float) -> None:
        """The frame that ends at audio time `at_ms` is processed now."""
        offset_ms = wall_ms - at_ms
        if self._offset_ms is not None:
            offset_ms = min(offset_ms, self._offset_ms + DRIFT * (wall_ms - self._told_ms))
        self._offset_ms, self._told_ms = offset_ms, wall_ms

    def at(self, wall_ms: float) -> int:
        """The audio time at `wall_ms`, never before the last frame; 0 before the first."""
        return 0 if self._offset_ms is None else round(wall_ms - self._offset_ms)
