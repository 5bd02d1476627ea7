"""Tells our own voice, come back from the caller's telephone, from the caller's.

An echo is softer than what it is the echo of, and comes within half a second. So while we speak, what is much softer
than what we have just sent is ours; a caller who speaks over us is louder, and once she does, the soft parts of her
words are hers as well (the rule of Duttweiler 1978, "A twelve-channel digital echo canceler": double talk by level).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from voice_agent.audio.frames import FRAME_MS

WINDOW_MS: Final = 600
"""So long after we sent a sound its echo may come: our lead, the network there and back, and the room."""
NEAR_MS: Final = 200
"""So long after a loud frame of the caller's her soft ones count as hers."""
LOSS_DB: Final = 18.0
"""An echo is at least so much softer than our voice; telephone sets and networks lose 20 dB and more."""


class EchoGuard:
    """One call's; levels are in dB of full scale, times are audio time."""

    def __init__(self, loss_db: float = LOSS_DB) -> None:
        """`loss_db`: how much softer an echo is than its origin; 0 takes nothing for an echo."""
        self._loss_db = loss_db
        self._sent: deque[tuple[int, float]] = deque()
        """(when, level) of our frames, loudest first: one that a later one is louder than no longer matters."""
        self._near_ms = 0

    def sent(self, level_dbfs: float, at_ms: int) -> None:
        """A frame of ours went out."""
        while self._sent and self._sent[-1][1] <= level_dbfs:
            self._sent.pop()
        self._sent.append((at_ms, level_dbfs))

    def is_ours(self, level_dbfs: float, at_ms: int) -> bool:
        """Whether a frame of the caller's line can only be our own voice."""
        while self._sent and self._sent[0][0] < at_ms - WINDOW_MS:
            self._sent.popleft()
        if not self._sent or not self._loss_db:
            return False
        if level_dbfs > self._sent[0][1] - self._loss_db:
            self._near_ms = NEAR_MS
            return False
        self._near_ms = max(0, self._near_ms - FRAME_MS)
        return self._near_ms == 0
