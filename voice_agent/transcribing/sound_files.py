"""Wav files as the telephone line brings them."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

import numpy as np

from voice_agent.audio import mulaw
from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.audio.resampling import resample, to_pcm
from voice_agent.errors import SoundFileError

BEFORE_MS: Final = 400
AFTER_MS: Final = 1500
"""Silence of the line around a recording: a caller is silent before and after, as a rule."""
RATES_HZ: Final = (4000, 384000)


def telephone_sound(path: Path, *, mu_law: bool) -> bytes:
    """PCM16 mono 8 kHz. `mu_law`: as after the telephone's eight bits. Raises SoundFileError with what is wrong."""
    pcm, rate_hz = _read(path)
    sound = resample(pcm, rate_hz, SAMPLE_RATE_HZ)
    if mu_law:
        sound = mulaw.decode(mulaw.encode(sound))
    return sound


def in_a_call(sound: bytes) -> bytes:
    """With the silence that is around it on a line."""
    return bytes(BEFORE_MS * SAMPLE_RATE_HZ // 1000 * 2) + sound + bytes(AFTER_MS * SAMPLE_RATE_HZ // 1000 * 2)


def _read(path: Path) -> tuple[bytes, int]:
    """PCM16 mono and its rate."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except FileNotFoundError as error:
        raise SoundFileError(f"{path}: there is no such file.") from error
    except (wave.Error, EOFError) as error:
        raise SoundFileError(
            f"{path}: not a wav file of plain PCM ({error}); convert it, e.g. `sox in.mp3 out.wav`."
        ) from error
    except OSError as error:
        raise SoundFileError(f"{path}: cannot be read: {error.strerror or error}.") from error
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise SoundFileError(f"{path}: a sampling rate of {rate_hz} Hz is not one of speech.")
    samples = _samples(raw, width, path)
    samples = samples[: len(samples) - len(samples) % channels].reshape(-1, channels).mean(axis=1)
    return to_pcm(samples), rate_hz


def _samples(raw: bytes, width: int, path: Path) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Samples of any width on the scale of 16 bits."""
    raw = raw[: len(raw) - len(raw) % width]
    match width:
        case 1:  # the only unsigned one
            return (np.frombuffer(raw, dtype=np.uint8).astype(np.float64) - 128) * 256
        case 2:
            return np.frombuffer(raw, dtype="<i2").astype(np.float64)
        case 3:
            bytes_ = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
            value = bytes_[:, 0] | bytes_[:, 1] << 8 | bytes_[:, 2] << 16
            return np.where(value >= 1 << 23, value - (1 << 24), value) / 256.0
        case 4:
            return np.frombuffer(raw, dtype="<i4").astype(np.float64) / 65536
        case _:
            raise SoundFileError(f"{path}: samples of {width} bytes are not understood.")
