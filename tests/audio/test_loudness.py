"""Prompts are equally loud and begin at once."""

from __future__ import annotations

import numpy as np
import pytest

from voice_agent.audio.frames import SILENT_DBFS, level_dbfs
from voice_agent.audio.loudness import normalised, speech_level_dbfs, trimmed


def tone(ms: int, peak: float = 3000.0) -> bytes:
    return (peak * np.sin(np.arange(8 * ms) / 2)).astype("<i2").tobytes()


def silence(ms: int) -> bytes:
    return bytes(16 * ms)


def test_pauses_do_not_lower_the_level() -> None:
    with_pause = tone(500) + silence(2000) + tone(500)
    assert speech_level_dbfs(with_pause) == pytest.approx(speech_level_dbfs(tone(1000)), abs=0.1)
    assert level_dbfs(with_pause) < speech_level_dbfs(with_pause) - 4


@pytest.mark.parametrize("peak", [50, 3000, 30000])
def test_normalised_speech_has_the_level_asked_for(peak: float) -> None:
    assert speech_level_dbfs(normalised(tone(500, peak), -20)) == pytest.approx(-20, abs=0.2)


def test_peaks_are_never_clipped() -> None:
    """A click in soft speech: the gain stops where the click would clip."""
    soft = bytearray(tone(500, 300))
    soft[4000:4002] = (20000).to_bytes(2, "little")
    loud = np.frombuffer(normalised(bytes(soft), -10), dtype="<i2")
    assert np.abs(loud.astype(int)).max() == pytest.approx(0.9 * 32767, abs=1)


@pytest.mark.parametrize("nothing", [b"", silence(100)], ids=["nothing", "silence"])
def test_silence_stays_silence(nothing: bytes) -> None:
    assert normalised(nothing, -20) == nothing
    assert speech_level_dbfs(nothing) == SILENT_DBFS
    assert trimmed(nothing, 60, 60) == b""


def test_edges_are_trimmed_to_what_was_asked() -> None:
    sound = trimmed(silence(300) + tone(500) + silence(700), before_ms=60, after_ms=60)
    assert len(sound) / 16 == pytest.approx(620, abs=10)
    assert len(trimmed(silence(300) + tone(500) + silence(700), before_ms=10, after_ms=60)) / 16 == pytest.approx(
        570, abs=10
    )
    assert sound[: 16 * 50] == silence(50)


def test_short_edges_are_left_alone() -> None:
    assert trimmed(silence(20) + tone(200) + silence(30), before_ms=60, after_ms=60) == silence(20) + tone(
        200
    ) + silence(30)
