"""Evens out loudness and silence at the edges."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_agent.audio.frames import SAMPLE_RATE_HZ, SILENT_DBFS

_WINDOW: Final = SAMPLE_RATE_HZ // 100
"""10 ms."""
_QUIET_DB: Final = 40.0
"""What lies this far under the loudest 10 ms is not speech."""
_PEAK: Final = 0.9 * 32767
"""No sample is raised above this: clipping is worse than a soft word."""


def speech_level_dbfs(pcm: bytes) -> float:
    """RMS level of the parts that are speech, pauses left out; PCM16 at 8 kHz."""
    powers = _powers(pcm)
    loud = powers[_audible(powers)]
    return SILENT_DBFS if not loud.size else max(SILENT_DBFS, 10 * float(np.log10(loud.mean() / 32768.0**2)))


def normalised(pcm: bytes, level_dbfs: float) -> bytes:
    """The same sound with its speech at `level_dbfs`, softer where peaks would clip; silence stays silence."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    peak = float(np.abs(samples).max(initial=0.0))
    if peak == 0.0:
        return pcm
    gain = min(10 ** ((level_dbfs - speech_level_dbfs(pcm)) / 20), _PEAK / peak)
    return bytes(np.rint(samples * gain).astype("<i2").data)


def trimmed(pcm: bytes, before_ms: int, after_ms: int) -> bytes:
    """The sound with at most so much silence before and after it; b"" when nothing can be heard."""
    audible = np.flatnonzero(_audible(_powers(pcm)))
    if not audible.size:
        return b""
    start = max(0, int(audible[0]) * _WINDOW - before_ms * SAMPLE_RATE_HZ // 1000)
    end = (int(audible[-1]) + 1) * _WINDOW + after_ms * SAMPLE_RATE_HZ // 1000
    return pcm[2 * start : 2 * end]


def _powers(pcm: bytes) -> NDArray[np.float64]:
    """Mean square of each 10 ms; the last window is filled up with silence."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    padded = np.pad(samples, (0, -len(samples) % _WINDOW))
    return np.asarray(np.square(padded).reshape(-1, _WINDOW).mean(axis=1))


def _audible(powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    loudest = float(powers.max(initial=0.0))
    return powers > max(1.0, loudest / 10 ** (_QUIET_DB / 10))
