"""Twenty milliseconds of sound, the unit of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SAMPLE_RATE_HZ: Final = 8000
"""The telephone network's rate; Twilio Media Streams know no other."""
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000
PCM_FRAME_BYTES: Final = FRAME_SAMPLES * 2


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One 20 ms frame of the caller's line."""

    pcm: bytes = field(repr=False)
    """16-bit signed little-endian mono at 8 kHz, 320 bytes."""
    at_ms: int
    """Audio time at the frame's first sample, since the stream began."""
