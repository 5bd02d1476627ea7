"""From one sampling rate to another."""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

HALF_TAPS: Final = 16
"""Input samples on each side of an interpolated one: flat to 3.4 kHz, and a lag of 2 ms at 8 kHz."""


def resample(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """A whole sound: PCM16 at `from_hz` → PCM16 at `to_hz`, what would fold back filtered out."""
    if from_hz == to_hz or not pcm:
        return pcm
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    resampled: NDArray[np.float32] = np.asarray(soxr.resample(samples, from_hz, to_hz, quality="HQ"))
    return to_pcm(resampled)


class Doubler:
    """Twice the sampling rate, chunk by chunk, for detectors and models that want 16 kHz.

    A half-band filter of our own because soxr's stream gives nothing for 60 to 200 ms and then a block, which
    a caller would wait for. Every chunk comes out doubled at once; only the constant lag of 2 ms stays inside.
    """

    def __init__(self) -> None:
        self._tail = np.zeros(2 * HALF_TAPS, dtype=np.float32)

    def push(self, pcm: bytes) -> bytes:
        """PCM16 → PCM16 of twice as many samples."""
        sound = np.concatenate([self._tail, np.frombuffer(pcm, dtype="<i2").astype(np.float32)])
        count = len(sound) - 2 * HALF_TAPS
        self._tail = sound[count:]
        doubled = np.empty(2 * count, dtype=np.float32)
        doubled[0::2] = sound[HALF_TAPS : HALF_TAPS + count]
        doubled[1::2] = np.convolve(sound, _BETWEEN, mode="valid")[1 : count + 1]
        return to_pcm(doubled)


def to_pcm(samples: NDArray[np.floating]) -> bytes:
    """Samples on the scale of 16 bits, rounded and clipped → PCM16."""
    return bytes(np.rint(samples).clip(-32768, 32767).astype("<i2").data)


def _taps() -> NDArray[np.float32]:
    """Weights of the samples around a point halfway between two: a sinc under a Kaiser window, sum 1."""
    offsets = np.arange(2 * HALF_TAPS) - (HALF_TAPS - 0.5)
    weights = np.sinc(offsets) * np.kaiser(2 * HALF_TAPS, 5.0)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


_BETWEEN: Final = _taps()
