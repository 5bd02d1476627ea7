"""Twilio's buffer of our sound.

Media is played in order, in real time; a mark is reached when all that was sent before it has been played, and a
`clear` empties the buffer and reaches its marks at once.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from voice_agent.audio.frames import FRAME_SAMPLES, SAMPLE_RATE_HZ
from voice_agent.simulator.sound import SILENCE, milliseconds

LONGEST_S: Final = 600
"""Twilio holds ten minutes; more is error 31931."""


class Playback:
    """One stream's buffer. Touched by the call's own thread only."""

    def __init__(self) -> None:
        self._sound = bytearray()
        self._played = 0
        self._marks: deque[tuple[int, str]] = deque()

    @property
    def unplayed_ms(self) -> int:
        return milliseconds(bytes(self._sound))

    def put(self, mulaw: bytes) -> bool:
        """Append; False when the buffer is full and the sound was thrown away."""
        if len(self._sound) + len(mulaw) > LONGEST_S * SAMPLE_RATE_HZ:
            return False
        self._sound += mulaw
        return True

    def mark(self, name: str) -> None:
        """Remember where the sound ends now."""
        self._marks.append((self._played + len(self._sound), name))

    def clear(self) -> list[str]:
        """Forget what was not played; the names of the marks in it, in order."""
        self._sound.clear()
        names = [name for _, name in self._marks]
        self._marks.clear()
        return names

    def reached(self) -> list[str]:
        """Marks that playback has come to since the last call."""
        names = []
        while self._marks and self._marks[0][0] <= self._played:
            names.append(self._marks.popleft()[1])
        return names

    def next_frame(self) -> bytes:
        """The next 20 ms, padded with silence when there is less."""
        if not self._sound:
            return SILENCE
        frame = bytes(self._sound[:FRAME_SAMPLES])
        del self._sound[:FRAME_SAMPLES]
        self._played += len(frame)
        return frame + SILENCE[len(frame) :]
