"""Rates change, the sound does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voice_agent.audio.resampling import HALF_TAPS, Doubler, resample


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> NDArray[np.float64]:
    return 10000 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def pcm(wave: NDArray[np.float64]) -> bytes:
    return np.rint(wave).astype("<i2").tobytes()


def samples(sound: bytes) -> NDArray[np.float64]:
    return np.frombuffer(sound, dtype="<i2").astype(np.float64)


def error_db(got: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    middle = slice(400, -400)
    error = np.mean(np.square(got[middle] - expected[middle])) + 1e-9
    return 10 * float(np.log10(error / np.mean(np.square(expected[middle]))))


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 8000), (16000, 8000), (8000, 16000)])
def test_a_tone_stays_itself(from_hz: int, to_hz: int) -> None:
    resampled = samples(resample(pcm(tone(1000, from_hz)), from_hz, to_hz))
    assert len(resampled) == pytest.approx(to_hz, abs=1)
    assert error_db(resampled[:to_hz], tone(1000, to_hz)[: len(resampled)]) < -50


def test_what_the_telephone_cannot_carry_is_removed() -> None:
    """A 6 kHz tone would come back as 2 kHz if it were only decimated."""
    assert np.abs(samples(resample(pcm(tone(6000, 22050)), 22050, 8000))[200:-200]).max() < 10


def test_equal_rates_and_silence_pass_through() -> None:
    assert resample(b"\x01\x02", 8000, 8000) == b"\x01\x02"
    assert resample(b"", 22050, 8000) == b""


def test_full_scale_is_clipped_not_wrapped() -> None:
    square = np.where(np.arange(8000) // 20 % 2, 32767.0, -32768.0)
    doubled = samples(Doubler().push(pcm(square)))
    ours, original = doubled[2 * HALF_TAPS :: 2], square[: 8000 - HALF_TAPS]
    assert (np.sign(ours) == np.sign(original)).all()


@pytest.mark.parametrize("hz", [100, 300, 1000, 2000, 3000, 3400])
def test_doubler_keeps_the_telephone_band(hz: int) -> None:
    doubler = Doubler()
    sound = pcm(tone(hz, 8000))
    out = b"".join(doubler.push(sound[at : at + 320]) for at in range(0, len(sound), 320))
    assert error_db(samples(out)[2 * HALF_TAPS :], tone(hz, 16000)[: -2 * HALF_TAPS]) < -60


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 2**32 - 1))
def test_doubler_does_not_care_how_sound_is_cut(cuts: list[int], seed: int) -> None:
    """Any chunks give the samples that one chunk gives, and each chunk comes out whole at once."""
    sound = np.random.default_rng(seed).integers(-20000, 20000, sum(cuts)).astype("<i2").tobytes()
    doubler, at, out = Doubler(), 0, b""
    for cut in cuts:
        doubled = doubler.push(sound[at : at + 2 * cut])
        assert len(doubled) == 4 * cut
        out, at = out + doubled, at + 2 * cut
    assert out == Doubler().push(sound)
