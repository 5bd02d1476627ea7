"""What a telephone, a room and other people do to a voice. Samples are floats in the range of 16 bits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter

from vosk_builder.conf import RATE_HZ
from vosk_builder.voices import Samples

Sound = NDArray[np.float64]

_FULL_SCALE = 32768.0
_MU = 255.0


def mulaw(sound: Sound) -> Sound:
    """G.711 mu-law there and back, in its continuous form with 8 bits."""
    level = np.clip(sound / _FULL_SCALE, -1, 1)
    compressed = np.sign(level) * np.log1p(_MU * np.abs(level)) / np.log1p(_MU)
    coded = np.round(compressed * 127.5) / 127.5
    expanded: Sound = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU * _FULL_SCALE
    return expanded


def add_noise(sound: Sound, noise: Sound, snr_db: float, power: float) -> Sound:
    """The sound with a noise so many decibels below a power."""
    scale = np.sqrt(power / (np.mean(noise**2) + 1e-9) / 10 ** (snr_db / 10))
    noisy: Sound = sound + noise * scale
    return noisy


def power_of(samples: Samples) -> float:
    """Mean square."""
    return float(np.mean(samples.astype(np.float64) ** 2)) + 1.0


@dataclass(frozen=True)
class Call:
    """One voice as a telephone gave it."""

    samples: Sound
    lead: int
    """Silent output frames put in front, of 30 ms."""


_OUTPUT_FRAME = 3 * RATE_HZ // 100


class Augmenter:
    """Makes a telephone call of a clean voice, another one each time."""

    def __init__(self, bystanders: Sequence[Samples], seed: int) -> None:
        self._bystanders = bystanders
        self._rng = np.random.default_rng(seed)

    def chance(self, probability: float) -> bool:
        """Yes, with a probability."""
        return bool(self._rng.random() < probability)

    def call(self, samples: Samples) -> Call:
        """Silence, room, band, tilt, noise, gain and mu-law, each sometimes."""
        lead = int(self._rng.integers(0, 20)) if self.chance(0.6) else 0
        tail = int(self._rng.integers(0, 6000)) if self.chance(0.5) else 0
        sound: Sound = np.concatenate([np.zeros(lead * _OUTPUT_FRAME), samples, np.zeros(tail)])
        likely: list[tuple[float, Callable[[Sound], Sound]]] = [(0.2, self._room), (0.5, self._band), (0.4, self._tilt)]
        for probability, effect in likely:
            if self.chance(probability):
                sound = effect(sound)
        if self.chance(0.6):
            sound = self._noise(sound, power_of(samples))
        sound = np.clip(self._gain(sound), -_FULL_SCALE, _FULL_SCALE - 1)
        return Call(np.round(mulaw(sound) if self.chance(0.65) else sound), lead)

    def _room(self, sound: Sound) -> Sound:
        length = int(RATE_HZ * self._rng.uniform(0.04, 0.2))
        fading = np.exp(-6.0 * np.arange(length) / length) * self._rng.uniform(0.05, 0.25)
        echo = self._rng.standard_normal(length) * fading
        echo[0] = 1.0
        heard: Sound = fftconvolve(sound, echo)[: len(sound)]
        return heard

    def _band(self, sound: Sound) -> Sound:
        edges_hz = [self._rng.uniform(80, 330), self._rng.uniform(3100, 3900)]
        numerator, denominator = butter(2, edges_hz, btype="band", fs=RATE_HZ)
        heard: Sound = lfilter(numerator, denominator, sound)
        return heard

    def _tilt(self, sound: Sound) -> Sound:
        heard: Sound = sound + self._rng.uniform(-0.45, 0.45) * np.concatenate([[0.0], sound[:-1]])
        return heard

    def _noise(self, sound: Sound, power: float) -> Sound:
        snr_db = self._rng.uniform(5, 32)
        if self.chance(0.2):
            return add_noise(sound, self._babble(len(sound)), max(snr_db, 10), power)
        white = self._rng.standard_normal(len(sound))
        colour = self._rng.choice([0.0, 0.7, 0.95])
        return add_noise(sound, lfilter([1.0], [1.0, -colour], white), snr_db, power)

    def _babble(self, length: int) -> Sound:
        chosen = self._rng.integers(len(self._bystanders), size=4)
        babble: Sound = np.sum([np.resize(self._bystanders[one].astype(np.float64), length) for one in chosen], axis=0)
        return babble

    def _gain(self, sound: Sound) -> Sound:
        level_db = self._rng.uniform(-38, -14)
        louder: Sound = sound * (10 ** (level_db / 20) * _FULL_SCALE / (np.sqrt(np.mean(sound**2)) + 1e-3))
        return louder
