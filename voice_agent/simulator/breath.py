"""Where a synthesiser's sentence can be broken off between two words.

People who stop to think do not sound as if they had finished, so a sentence with such a pause is synthesised as a whole
and cut where a word ends. eSpeak NG leaves a gap where its phoneme notation asks for one, without the tone of a clause
that ends; Flite tells when each sound ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

ESPEAK_GAP: Final = " [[" + "_:" * 20 + "]] "
"""A gap of 0.5 to 1.6 s, by pace: longer than any silence in a word."""
_GAP_S: Final = 0.4
_SILENT: Final = 60
"""Of 32767; what eSpeak's gaps hold is softer."""
_NO_SOUND: Final = "pau"
_FADE_S: Final = 0.005
"""A voice that is cut in the middle of a vibration would click."""


def at_gaps(pcm: Pcm, rate_hz: int, pieces: int) -> list[Pcm]:
    """Cut out the gaps. Raises ValueError when there are not `pieces` - 1 of them."""
    sounding = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _SILENT)
    last_before = np.flatnonzero(np.diff(sounding) > _GAP_S * rate_hz)
    if len(last_before) != pieces - 1:
        raise ValueError(f"{len(last_before)} gaps, not {pieces - 1}")
    starts = [0, *(int(sounding[place + 1]) for place in last_before)]
    ends = [*(int(sounding[place]) + 1 for place in last_before), len(pcm)]
    return [pcm[start:end] for start, end in zip(starts, ends, strict=True)]


def at_words(pcm: Pcm, rate_hz: int, ends_s: Sequence[float]) -> list[Pcm]:
    """Cut at these times, and soften the edges."""
    places = [0, *(round(end * rate_hz) for end in ends_s), len(pcm)]
    return [_faded(pcm[start:end], rate_hz) for start, end in itertools.pairwise(places)]


def sounds(printed: str) -> list[str]:
    """What `flite -ps` says about some words: their sounds."""
    return [sound for sound in printed.split() if sound != _NO_SOUND]


def sound_ends_s(printed: str) -> list[float]:
    """What `flite -psdur` says: when each sound ends."""
    timed = (one.rpartition(":") for one in printed.split())
    return [float(end) for sound, _, end in timed if sound != _NO_SOUND]


def _faded(pcm: Pcm, rate_hz: int) -> Pcm:
    length = min(round(_FADE_S * rate_hz), len(pcm) // 2)
    slope = np.ones(len(pcm))
    slope[:length] = np.linspace(0, 1, length)
    slope[len(pcm) - length :] = np.linspace(1, 0, length)
    return (pcm * slope).astype(np.int16)
