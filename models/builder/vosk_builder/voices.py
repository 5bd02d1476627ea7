"""Synthetic callers: flite, espeak-ng and festival say a sentence."""

import io
import random
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from vosk_builder.conf import RATE_HZ

Samples = NDArray[np.int16]


class SpeechError(Exception):
    """A synthesiser could not say a sentence."""


@dataclass(frozen=True)
class Voice:
    """One voice of one synthesiser."""

    engine: str
    """flite, espeak or festival."""
    name: str
    """flite: slt; festival: kal_diphone; espeak: en-us+f2, or +f2 alone, which takes its accent from the manner."""

    def __str__(self) -> str:
        return f"{self.engine}:{self.name}"


@dataclass(frozen=True)
class Manner:
    """How a voice speaks this time. The values given here are a voice's natural ones."""

    tempo: float = 1.0
    pitch: float = 1.0
    size: float = 1.0
    """Of the speaker: below one is larger, with a lower voice and slower; above one smaller."""
    accent: str = "en-us"

    @staticmethod
    def by_chance(rng: random.Random) -> "Manner":
        """Some manner, for training."""
        return Manner(
            tempo=rng.uniform(0.8, 1.28),
            pitch=rng.uniform(0.8, 1.3),
            size=rng.choice([1.0, rng.uniform(0.88, 1.12)]),
            accent=rng.choice(_ACCENTS),
        )


@dataclass(frozen=True)
class Speech:
    """What a voice said."""

    samples: Samples
    """8 kHz."""
    sounds: list[tuple[str, float]] | None
    """Each sound and the second at which it ends, from flite; None from the others."""


_ACCENTS = ["en-us"] * 6 + ["en-gb"] * 3 + ["en-gb-x-rp", "en-us-nyc", "en-gb-scotland"]
_FLITE_PITCH_HZ = {"slt": 170.0, "awb": 130.0}
_FLITE_USUAL_PITCH_HZ = 105.0
_ESPEAK_WORDS_A_MINUTE = 165
_ESPEAK_PITCH = 48
_ESPEAK_RATE_HZ = 22050
_WAVE_HEADER_BYTES = 44

_READ_ALOUD = (
    (" a m ", " A.M. "), (" p m ", " P.M. "), (" m r i ", " M.R.I. "), (" i d ", " I.D. "), (" e r ", " E.R. "),
    (" x rays ", " x-rays "), (" x ray ", " x-ray "), (" ok ", " okay "), (" i ", " I "), (" i'm ", " I'm "),
)  # fmt: skip


def say(words: str, voice: Voice, manner: Manner) -> Speech:
    """The voice says the words. Raises SpeechError."""
    text = _as_read(words)
    try:
        match voice.engine:
            case "flite":
                rate, samples, sounds = _flite(text, voice.name, manner)
            case "espeak":
                rate, samples, sounds = _espeak(text, voice.name, manner)
            case "festival":
                rate, samples, sounds = _festival(text, voice.name)
            case engine:
                raise SpeechError(f"no such synthesiser: {engine}")
    except (subprocess.CalledProcessError, wave.Error, EOFError) as error:
        raise SpeechError(f"{voice} could not say {words!r}") from error
    if len(samples) < rate // 5 or not np.any(samples):
        raise SpeechError(f"{voice} was silent at {words!r}")
    # To 8 kHz, as if the speaker were smaller or larger: pitch, resonances and tempo move together.
    up, down = 100, round(rate * manner.size / 80)
    resampled = resample_poly(samples.astype(np.float32), up, down)
    seconds = rate * up / down / RATE_HZ
    moved = [(sound, end * seconds) for sound, end in sounds] if sounds else None
    return Speech(np.clip(np.round(resampled), -32768, 32767).astype(np.int16), moved)


def _as_read(words: str) -> str:
    text = f" {words} "
    for ours, theirs in _READ_ALOUD:
        text = text.replace(ours, theirs)
    return text.strip()


_Said = tuple[int, Samples, list[tuple[str, float]] | None]


def _flite(text: str, voice: str, manner: Manner) -> _Said:
    pitch_hz = _FLITE_PITCH_HZ.get(voice, _FLITE_USUAL_PITCH_HZ) * manner.pitch
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "said.wav"
        done = subprocess.run(
            [
                *("flite", "-voice", voice, "-t", text, "-psdur", "-o", str(file)),
                *("--setf", f"duration_stretch={1 / manner.tempo:.3f}"),
                *("--setf", f"int_f0_target_mean={pitch_hz:.1f}"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        rate, samples = _read_wave(file.read_bytes())
    ends = (part.rsplit(":", 1) for part in done.stdout.split())
    return rate, samples, [(sound.upper(), float(end)) for sound, end in ends]


def _espeak(text: str, voice: str, manner: Manner) -> _Said:
    name = manner.accent + voice if voice.startswith("+") or not voice else voice
    speed, pitch = round(_ESPEAK_WORDS_A_MINUTE * manner.tempo), round(_ESPEAK_PITCH * manner.pitch**2)
    done = subprocess.run(
        ["espeak-ng", "-v", name, "-s", str(speed), "-p", str(pitch), "--stdout", text], capture_output=True, check=True
    )
    # On a pipe espeak-ng cannot go back to write the length into the header, so `wave` would read too much.
    sound = done.stdout[_WAVE_HEADER_BYTES:]
    return _ESPEAK_RATE_HZ, np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2"), None


def _festival(text: str, voice: str) -> _Said:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "said.wav"
        subprocess.run(
            ["text2wave", "-eval", f"(voice_{voice})", "-o", str(file)],
            input=text,
            text=True,
            capture_output=True,
            check=True,
        )
        rate, samples = _read_wave(file.read_bytes())
    return rate, samples, None


def _read_wave(data: bytes) -> tuple[int, Samples]:
    with wave.open(io.BytesIO(data)) as file:
        return file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
