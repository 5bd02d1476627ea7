"""Coughs, doors, keyboards: sounds that are no words, made from shaped noise.

Not recordings, so that nothing has to be shipped; they have the length, the spectrum and the envelope of the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.simulator.sound import Samples


def _hiss(ms: int, low_hz: float, high_hz: float, chance: np.random.Generator) -> Samples:
    """Noise of one band, RMS 1."""
    length = SAMPLE_RATE_HZ * ms // 1000
    spectrum = np.fft.rfft(chance.standard_normal(length))
    pitch = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    spectrum[(pitch < low_hz) | (pitch > high_hz)] = 0
    rough = np.asarray(np.fft.irfft(spectrum, length), dtype=np.float32)
    level = max(1e-9, float(np.sqrt(np.mean(rough**2))))
    return rough / np.float32(level)


def _swell(values: Samples, attack_ms: int, decay_ms: int) -> Samples:
    """Rise within `attack_ms`, then die away with `decay_ms`."""
    at_ms = np.arange(len(values)) * 1000 / SAMPLE_RATE_HZ
    shape = np.minimum(1, at_ms / attack_ms) * np.exp(-np.maximum(0, at_ms - attack_ms) / decay_ms)
    return np.asarray(values * shape, dtype=np.float32)


def _rest(ms: int) -> Samples:
    return np.zeros(SAMPLE_RATE_HZ * ms // 1000, dtype=np.float32)


def cough(chance: np.random.Generator) -> Samples:
    """Two hard bursts with a breath between them, as loud as speech; 0.8 s."""
    first = _swell(_hiss(280, 250, 3200, chance), 8, 90) * 5500
    second = _swell(_hiss(260, 300, 2800, chance), 10, 70) * 4200
    return np.concatenate([first, _rest(180), second])


def door(chance: np.random.Generator) -> Samples:
    """A thump and the latch; 0.4 s."""
    thump = _swell(_hiss(400, 100, 500, chance), 4, 80) * 7000
    click = _swell(_hiss(400, 1200, 3500, chance), 2, 12) * 5000
    return thump + click


def keyboard(chance: np.random.Generator) -> Samples:
    """Ten key strokes at a typist's pace; 1.3 s."""
    strokes = [
        np.concatenate([_swell(_hiss(30, 1200, 3600, chance), 2, 6) * 3500, _rest(int(chance.integers(60, 140)))])
        for _ in range(10)
    ]
    return np.concatenate(strokes)


def breathing(chance: np.random.Generator) -> Samples:
    """Out and in, into the microphone; 1.6 s."""
    out = _hiss(800, 300, 2500, chance) * np.hanning(SAMPLE_RATE_HZ * 800 // 1000) * 900
    back = _hiss(600, 600, 3000, chance) * np.hanning(SAMPLE_RATE_HZ * 600 // 1000) * 600
    return np.concatenate([out, _rest(200), back]).astype(np.float32)


def bark(chance: np.random.Generator) -> Samples:
    """A dog, twice: a falling pitch with its overtones; 0.7 s."""

    def once() -> Samples:
        at_s = np.arange(SAMPLE_RATE_HZ * 200 // 1000) / SAMPLE_RATE_HZ
        phase = 2 * np.pi * np.cumsum(620 - 1400 * at_s) / SAMPLE_RATE_HZ
        voice = np.sum([np.sin(phase * part) / part for part in (1, 2, 3, 4)], axis=0)
        rough = voice + 0.4 * _hiss(200, 400, 3000, chance)
        return _swell(rough.astype(np.float32), 15, 70) * 4500

    return np.concatenate([once(), _rest(250), once()])


def mm_hm(chance: np.random.Generator) -> Samples:
    """What no synthesiser can say: two hums through the nose, the second one higher; 0.6 s."""

    def hum(ms: int, pitch_hz: float) -> Samples:
        at_s = np.arange(SAMPLE_RATE_HZ * ms // 1000) / SAMPLE_RATE_HZ
        phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + 0.1 * at_s)) / SAMPLE_RATE_HZ + chance.uniform(0, 1)
        voice = np.sum([np.sin(phase * part) / part**1.5 for part in range(1, 7)], axis=0)
        return np.asarray(voice * np.hanning(len(at_s)) * 3500, dtype=np.float32)

    return np.concatenate([hum(240, 170), _rest(60), hum(300, 210)])


NOISES: Final[dict[str, Callable[[np.random.Generator], Samples]]] = {
    "cough": cough,
    "door": door,
    "keyboard": keyboard,
    "breathing": breathing,
    "bark": bark,
    "mm hm": mm_hm,
}


def make(name: str) -> Samples:
    """The noise of that name, the same each time. An unknown name is a KeyError."""
    return NOISES[name](np.random.default_rng(list(name.encode())))
