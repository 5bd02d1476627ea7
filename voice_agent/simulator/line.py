"""How well the network carries a caller's frames.

Bursts, jitter, a line that goes dead, a socket that breaks: what Twilio's customers see on bad days.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from voice_agent.audio.frames import FRAME_MS
from voice_agent.strict_yaml import STRICT


@dataclass(frozen=True, slots=True)
class LineQuality:
    """A perfect line by default."""

    __pydantic_config__ = STRICT

    burst_ms: int = 0
    """Frames come together, once in so many milliseconds."""
    jitter_ms: int = 0
    """Each frame is late by up to this, never overtaking another."""
    dead_after_s: float | None = None
    """From then on no frames come at all …"""
    dead_for_s: float = 3.0
    """… for so long, once a call: a new socket ends it. Their sound is lost; timestamps go on."""
    drops_socket_after_s: float | None = None
    """The media socket breaks without `stop` or a closing handshake; once a call."""
    opens_socket_twice: bool = False
    """A second connection comes with the same address and signature, as an eavesdropper's would."""


class Line:
    """Holds one stream's frames back as its quality says."""

    def __init__(self, quality: LineQuality) -> None:
        self._quality = quality
        self._held: deque[tuple[int, int, bytes]] = deque()
        self._chance = random.Random(1)  # noqa: S311 - weather, not secrets
        self._due = 0
        self.died = False
        """Whether the dead time has begun."""

    def carry(self, at_ms: int, frame: bytes) -> list[tuple[int, bytes]]:
        """This frame goes in, with its time since the stream began; those that arrive now come out."""
        quality = self._quality
        dead = quality.dead_after_s
        self.died = dead is not None and at_ms >= dead * 1000
        if dead is None or not dead * 1000 <= at_ms < (dead + quality.dead_for_s) * 1000:
            due = at_ms
            if quality.burst_ms:
                due = -(-(at_ms + FRAME_MS) // quality.burst_ms) * quality.burst_ms - FRAME_MS
            if quality.jitter_ms:
                due += self._chance.randint(0, quality.jitter_ms)
            self._due = max(self._due, due)
            self._held.append((self._due, at_ms, frame))
        arrived = []
        while self._held and self._held[0][0] <= at_ms:
            _, when, late = self._held.popleft()
            arrived.append((when, late))
        return arrived

    def breaks(self, at_ms: int) -> bool:
        """Whether the socket breaks now."""
        after = self._quality.drops_socket_after_s
        return after is not None and at_ms >= after * 1000
