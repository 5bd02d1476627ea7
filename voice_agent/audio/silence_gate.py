"""Keeps silence from the recogniser.

A caller is silent for most of a call, and decoding silence costs as much as decoding words. The gate lets sound
through while somebody may be speaking; when it opens, what came just before goes first, so that no first sound is lost.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from voice_agent.audio.frames import FRAME_MS, AudioFrame

PRE_ROLL_MS: Final = 300
"""The detector is late by up to 260 ms."""
HANGOVER_MS: Final = 400
"""The recogniser needs 180 ms of what follows a word, and computes in steps of some 200 ms."""


class SilenceGate:
    """One call's gate; open while the detector attends, and a while longer."""

    def __init__(self, pre_roll_ms: int = PRE_ROLL_MS, hangover_ms: int = HANGOVER_MS) -> None:
        """`pre_roll_ms`: sound from before the gate opens, which goes first. `hangover_ms`: silence that closes it."""
        self._hangover_ms = hangover_ms
        self._kept: deque[AudioFrame] = deque(maxlen=pre_roll_ms // FRAME_MS)
        self._quiet_ms = hangover_ms
        self._is_open = False

    def passed(self, frame: AudioFrame, *, attentive: bool) -> list[AudioFrame]:
        """What goes through now that `frame` came, in order; `attentive`: somebody may be speaking in it."""
        self._quiet_ms = 0 if attentive else self._quiet_ms + FRAME_MS
        self._is_open = attentive or (self._is_open and self._quiet_ms <= self._hangover_ms)
        if not self._is_open:
            self._kept.append(frame)
            return []
        through = [*self._kept, frame]
        self._kept.clear()
        return through

    def flushed(self) -> None:
        """All that went through is transcribed: a silence that has begun needs no hangover."""
        self._is_open = self._is_open and self._quiet_ms == 0
