"""G.711 mu-law, the telephone's eight bits.

ITU-T Recommendation G.711 (11/88), table 2: a sign, a segment that doubles in width each time, and four bits
inside the segment; all bits inverted on the line. The formula below works on 16-bit samples, whose two lowest
bits lie under the 14-bit scale of the table: hence the bias 132 = 33 x 4 and the clip 32635 = 8159 x 4 - 1.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

BIAS: Final = 132
CLIP: Final = 32635
SILENCE: Final = 0xFF
"""The code of a sample of value 0."""


def encode(pcm: bytes) -> bytes:
    """PCM16 little-endian → mu-law, one byte a sample. An odd number of bytes is a ValueError."""
    return _CODE_OF_SAMPLE.take(np.frombuffer(pcm, dtype="<u2")).tobytes()


def decode(mulaw: bytes) -> bytes:
    """Mu-law → PCM16 little-endian, two bytes a sample."""
    # Not by numpy: its `take` lets go of Python's global lock, and a busy server waits milliseconds to have it back.
    pcm = bytearray(2 * len(mulaw))
    pcm[0::2] = mulaw.translate(_LOW_BYTE_OF_CODE)
    pcm[1::2] = mulaw.translate(_HIGH_BYTE_OF_CODE)
    return bytes(pcm)


def _codes() -> NDArray[np.uint8]:
    """The code of every 16-bit sample, at the index of its two's complement."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(samples < 0, 0x80, 0)
    biased = np.minimum(np.abs(samples), CLIP) + BIAS
    # The segment is the place of the highest bit; the bias puts it between bit 7 and bit 14.
    segment = np.log2(biased).astype(np.int32) - 7
    step = (biased >> (segment + 3)) & 0x0F
    return np.asarray(~(sign | segment << 4 | step) & 0xFF, dtype=np.uint8)


def _samples() -> NDArray[np.int16]:
    """The sample in the middle of each code's interval."""
    bits = ~np.arange(256, dtype=np.int32) & 0xFF
    segment, step = bits >> 4 & 0x07, bits & 0x0F
    magnitude = (((step << 3) + BIAS) << segment) - BIAS
    return np.where(bits & 0x80, -magnitude, magnitude).astype("<i2")


_CODE_OF_SAMPLE: Final = _codes()
_SAMPLE_OF_CODE: Final = _samples().tobytes()
_LOW_BYTE_OF_CODE: Final = _SAMPLE_OF_CODE[0::2]
_HIGH_BYTE_OF_CODE: Final = _SAMPLE_OF_CODE[1::2]
