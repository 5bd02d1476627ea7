"""Tones, noise and levels, in mu-law.

Everything that sounds in the twin and was not spoken: ringing, beeps, music on hold, the hiss behind a caller.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voice_agent.audio import mulaw
from voice_agent.audio.frames import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ
from voice_agent.audio.resampling import resample, to_pcm

SILENCE: Final = bytes([mulaw.SILENCE]) * FRAME_SAMPLES
"""One frame of nothing."""
SPEECH_RMS: Final = 2500.0
"""Level of every simulated voice, of 32767: -22 dB, as on a good line."""
LINE_NOISE_RMS: Final = 14.0
"""The hiss of a quiet line, -67 dB."""
AUDIBLE_RMS: Final = 150.0
"""Softer than this is silence to a listener: -47 dB."""

LOWEST_HZ: Final = 100
"""Telephones carry nothing below."""

Samples = NDArray[np.float32]


def samples(sound: bytes) -> Samples:
    """Mu-law as numbers."""
    return np.frombuffer(mulaw.decode(sound), dtype="<i2").astype(np.float32)


def coded(values: Samples) -> bytes:
    """Numbers as mu-law, clipped."""
    return mulaw.encode(to_pcm(values))


def audible(frame: bytes) -> bool:
    """Whether a listener hears something in this frame."""
    if frame == SILENCE:
        return False
    return float(np.sqrt(np.mean(samples(frame) ** 2))) > AUDIBLE_RMS


def frames(sound: bytes) -> list[bytes]:
    """Cut into 20 ms frames, the last one padded with silence."""
    cut = [sound[start : start + FRAME_SAMPLES] for start in range(0, len(sound), FRAME_SAMPLES)]
    if cut and len(cut[-1]) < FRAME_SAMPLES:
        cut[-1] += SILENCE[len(cut[-1]) :]
    return cut


def mixed(parts: Sequence[bytes]) -> bytes:
    """Several frames at once, as a conference bridge adds them."""
    heard = [part for part in parts if part != SILENCE]
    if len(heard) < 2:
        return heard[0] if heard else SILENCE
    return coded(np.sum([samples(part) for part in heard], axis=0, dtype=np.float32))


def tone(*hertz: float, ms: int, rms: float = 1000.0) -> bytes:
    """Some sine waves together."""
    time = np.arange(SAMPLE_RATE_HZ * ms // 1000, dtype=np.float32) / SAMPLE_RATE_HZ
    waves = np.sum([np.sin(2 * np.pi * pitch * time) for pitch in hertz], axis=0)
    return coded((waves * rms * np.sqrt(2 / len(hertz))).astype(np.float32))


def noise(rms: float, *, seconds: int = 5, seed: int = 1) -> Samples:
    """A loop of pink noise: as much in each octave, as rooms and streets have it."""
    rough = np.random.default_rng(seed).standard_normal(SAMPLE_RATE_HZ * seconds)
    spectrum = np.fft.rfft(rough)
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[: LOWEST_HZ * seconds] = 0
    pink = np.fft.irfft(spectrum)
    return (pink * (rms / float(np.sqrt(np.mean(pink**2))))).astype(np.float32)


def levelled(*pieces: Samples, rms: float = SPEECH_RMS) -> list[Samples]:
    """Pieces of one sentence: silence cut off at both ends of each (to a frame's length), then all brought to `rms`."""
    kept = [_trimmed(piece) for piece in pieces]
    whole = np.concatenate(kept)
    if not len(whole):
        return kept
    power = np.array([np.mean(whole[i : i + FRAME_SAMPLES] ** 2) for i in range(0, len(whole), FRAME_SAMPLES)])
    active = float(np.sqrt(np.mean(power[power > 0.05 * power.max()])))
    return [(piece * (rms / active)).astype(np.float32) for piece in kept]


def _trimmed(values: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(values) > 0.02 * max(1.0, float(np.max(np.abs(values), initial=0.0))))
    if not len(loud):
        return values[:0]
    return values[max(0, loud[0] - FRAME_SAMPLES // 2) : loud[-1] + FRAME_SAMPLES // 2]


def read_wav(content: bytes) -> bytes:
    """A 16-bit WAV file, any rate, mono or stereo → mu-law. Raises wave.Error or EOFError."""
    with wave.open(io.BytesIO(content)) as file:
        if file.getsampwidth() != 2:
            raise wave.Error("only 16-bit PCM is read")
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        mono = pcm.reshape(-1, file.getnchannels()).mean(axis=1).astype("<i2")
        return mulaw.encode(resample(mono.tobytes(), file.getframerate(), SAMPLE_RATE_HZ))


def stereo_wav(left: bytes, right: bytes) -> bytes:
    """Two mu-law channels as a 16-bit WAV file; decoding mu-law loses nothing."""
    length = max(len(left), len(right))
    sides = [np.frombuffer(mulaw.decode(side.ljust(length, SILENCE[:1])), dtype="<i2") for side in (left, right)]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(np.column_stack(sides).astype("<i2").tobytes())
    return file.getvalue()


def milliseconds(sound: bytes) -> int:
    """How long some mu-law lasts."""
    return len(sound) * FRAME_MS // FRAME_SAMPLES


BEEP: Final = tone(1000.0, ms=200)
RINGBACK: Final = tone(440.0, 480.0, ms=2000, rms=400.0) + SILENCE * 200
"""What a caller hears while another telephone rings, in North America: 2 s on, 4 s off."""
MUSIC: Final = b"".join(tone(pitch, pitch * 1.5, ms=500, rms=300.0) for pitch in (262, 330, 392, 330)) + SILENCE * 50
"""Stands for Twilio's music on hold."""
