"""Frames are 20 ms, whatever the chunks; levels are in dBFS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.frames import PCM_FRAME_BYTES, SILENT_DBFS, AudioFrame, Framer, level_dbfs


@given(st.lists(st.binary(max_size=1000), max_size=20))
def test_framer_loses_and_invents_nothing(chunks: list[bytes]) -> None:
    """The frames of any chunks, and the flush, are the sound again, with silence only at the very end."""
    framer = Framer()
    frames = [frame for chunk in chunks for frame in framer.push(chunk)]
    full = len(frames)
    frames += framer.flush()
    sound = b"".join(chunks)
    assert all(len(frame) == PCM_FRAME_BYTES for frame in frames)
    assert full == len(sound) // PCM_FRAME_BYTES
    assert b"".join(frames) == sound.ljust(len(frames) * PCM_FRAME_BYTES, b"\0")
    assert len(frames) * PCM_FRAME_BYTES - len(sound) < PCM_FRAME_BYTES


def test_flush_empties_the_framer() -> None:
    """After a flush a new sound begins at a frame's start."""
    framer = Framer()
    framer.push(b"\x01\x02\x03")
    assert framer.flush() == [b"\x01\x02\x03".ljust(320, b"\0")]
    assert framer.flush() == []
    assert framer.push(b"\x05" * 320) == [b"\x05" * 320]


def test_end_of_a_frame() -> None:
    assert AudioFrame(bytes(320), 1000).end_ms == 1020


def test_a_frame_knows_its_level_and_computes_it_once() -> None:
    frame = AudioFrame(bytes(range(160)) * 2, 0)
    assert frame.level_dbfs == level_dbfs(frame.pcm)
    assert frame.level_dbfs is frame.level_dbfs
    assert frame == AudioFrame(frame.pcm, 0), "which makes it no other frame"


def test_a_frame_does_not_print_its_sound() -> None:
    assert "pcm" not in repr(AudioFrame(b"secret", 0))


def test_level_of_a_full_square_wave_is_zero() -> None:
    assert level_dbfs(np.full(160, -32768, dtype="<i2").tobytes()) == pytest.approx(0.0)


def test_level_falls_by_six_decibels_when_halved() -> None:
    tone = 20000 * np.sin(np.arange(8000) / 3)
    loud, soft = (level_dbfs(wave.astype("<i2").tobytes()) for wave in (tone, tone / 2))
    assert loud - soft == pytest.approx(6.02, abs=0.01)


@pytest.mark.parametrize("pcm", [b"", bytes(320)], ids=["nothing", "silence"])
def test_level_of_silence_is_finite(pcm: bytes) -> None:
    assert level_dbfs(pcm) == SILENT_DBFS
