"""Twenty milliseconds of sound, the unit of a call."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

SAMPLE_RATE_HZ: Final = 8000
"""The telephone network's rate; Twilio Media Streams know no other."""
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1000
PCM_FRAME_BYTES: Final = FRAME_SAMPLES * 2
SILENT_DBFS: Final = -96.0
"""The level of digital silence: one step below the smallest 16-bit sound, so that levels stay finite."""


@dataclass(frozen=True)
class AudioFrame:
    """One 20 ms frame of the caller's line."""

    pcm: bytes = field(repr=False)
    """16-bit signed little-endian mono at 8 kHz, 320 bytes."""
    at_ms: int
    """Audio time at the frame's first sample, since the stream began."""

    @property
    def end_ms(self) -> int:
        """Audio time just after the frame's last sample."""
        return self.at_ms + FRAME_MS

    @cached_property
    def level_dbfs(self) -> float:
        """See the function of this name. Computed once: several judge the frame by it."""
        return level_dbfs(self.pcm)


class Framer:
    """Cuts sound that comes in chunks of any size into 20 ms frames; keeps what is left over."""

    def __init__(self) -> None:
        self._left = b""

    def push(self, pcm: bytes) -> list[bytes]:
        """Take PCM16 at 8 kHz, of any length, even an odd number of bytes; return the frames that are now full."""
        sound = self._left + pcm
        whole = len(sound) - len(sound) % PCM_FRAME_BYTES
        self._left = sound[whole:]
        return [sound[start : start + PCM_FRAME_BYTES] for start in range(0, whole, PCM_FRAME_BYTES)]

    def flush(self) -> list[bytes]:
        """What is left over, filled up with silence to one frame; empty when nothing is."""
        left, self._left = self._left, b""
        return [left.ljust(PCM_FRAME_BYTES, b"\0")] if left else []


def level_dbfs(pcm: bytes) -> float:
    """RMS level of PCM16 in dB below full scale (a full-scale square wave is 0); silence is `SILENT_DBFS`."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    power = float(np.add.reduce(np.square(samples))) / samples.size if samples.size else 0.0
    return max(SILENT_DBFS, 10 * math.log10(power / 32768.0**2)) if power else SILENT_DBFS
