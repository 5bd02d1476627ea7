"""Tones, noise, levels, WAV files."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from voice_agent.simulator import sound


def rms(heard: bytes) -> float:
    return float(np.sqrt(np.mean(sound.samples(heard) ** 2)))


def test_what_a_listener_hears() -> None:
    assert not sound.audible(sound.SILENCE)
    assert not sound.audible(sound.coded(sound.noise(sound.LINE_NOISE_RMS))[:160])
    assert sound.audible(sound.BEEP[:160])


def test_frames_are_whole() -> None:
    cut = sound.frames(b"\x01" * 170)
    assert [len(frame) for frame in cut] == [160, 160]
    assert cut[1] == b"\x01" * 10 + sound.SILENCE[10:]
    assert sound.frames(b"") == []


def test_mixing_adds() -> None:
    one = sound.tone(400.0, ms=20, rms=1000.0)
    assert sound.mixed([]) == sound.SILENCE
    assert sound.mixed([one, sound.SILENCE]) == one
    assert rms(sound.mixed([one, one])) == pytest.approx(2 * rms(one), rel=0.05)


def test_speech_is_trimmed_and_levelled() -> None:
    speech = np.concatenate([np.zeros(4000), sound.samples(sound.tone(300.0, ms=500, rms=200.0)), np.zeros(4000)])
    (levelled,) = sound.levelled(speech.astype(np.float32))
    assert 4000 <= len(levelled) <= 4400
    assert float(np.sqrt(np.mean(levelled**2))) == pytest.approx(sound.SPEECH_RMS, rel=0.1)
    assert len(sound.levelled(np.zeros(100, dtype=np.float32))[0]) == 0


def test_noise_has_its_level_and_repeats() -> None:
    assert rms(sound.coded(sound.noise(500.0))) == pytest.approx(500.0, rel=0.05)
    assert (sound.noise(500.0) == sound.noise(500.0)).all()


def test_a_recording_is_read_back_exactly() -> None:
    left, right = sound.BEEP, sound.RINGBACK[:800]
    content = sound.stereo_wav(left, right)
    both = sound.read_wav(sound.stereo_wav(left, left))
    assert both == left
    assert len(content) == 44 + 4 * len(left)
    with pytest.raises((wave.Error, EOFError)):
        sound.read_wav(b"not a wav file")
    assert sound.milliseconds(left) == 200
