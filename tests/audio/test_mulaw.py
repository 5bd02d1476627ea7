"""Mu-law against the table of G.711 and against sox."""

from __future__ import annotations

import subprocess
from bisect import bisect_right
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.mulaw import SILENCE, decode, encode

# ITU-T G.711 table 2a: the decision values at which segments begin, on the 14-bit scale, and the step in each.
SEGMENT_STARTS = (0, 31, 95, 223, 479, 991, 2015, 4063)
SEGMENT_STEPS = (2, 4, 8, 16, 32, 64, 128, 256)
ALL_SAMPLES = np.arange(-32768, 32768, dtype="<i2")
ALL_CODES = bytes(range(256))


def code_by_the_table(sample: int) -> int:
    """The code of a 16-bit sample, looked up in the table as printed: slow, and independent of our formula."""
    magnitude = min(abs(sample), 32635) / 4
    segment = bisect_right(SEGMENT_STARTS, magnitude) - 1
    # The first interval of all is one wide, from 0 to 1; the others of segment 0 are two wide.
    inside = magnitude - SEGMENT_STARTS[segment] + (1 if segment == 0 else 0)
    step = min(15, int(inside // SEGMENT_STEPS[segment]))
    return ~((0x80 if sample < 0 else 0) | segment << 4 | step) & 0xFF


def test_every_sample_is_encoded_as_the_table_says() -> None:
    expected = bytes(code_by_the_table(int(sample)) for sample in ALL_SAMPLES)
    assert encode(ALL_SAMPLES.tobytes()) == expected


def test_known_values() -> None:
    """The corners of table 2a: full scale, the last step of segment 1, zero."""
    assert encode(np.array([0, 32635, 32767, -32768, -1], dtype="<i2").tobytes()) == bytes([0xFF, 0x80, 0x80, 0, 0x7F])
    assert np.frombuffer(decode(bytes([0x80, 0x00, 0xFF, 0x7F])), dtype="<i2").tolist() == [32124, -32124, 0, 0]


def test_every_code_survives_a_round_trip() -> None:
    """Except minus zero, which comes back as zero."""
    expected = bytes(SILENCE if code == 0x7F else code for code in ALL_CODES)
    assert encode(decode(ALL_CODES)) == expected


def test_the_error_is_at_most_half_a_step() -> None:
    sent = np.clip(ALL_SAMPLES.astype(np.int32), -32635, 32635)
    got = np.frombuffer(decode(encode(ALL_SAMPLES.tobytes())), dtype="<i2").astype(np.int32)
    segment = np.log2(np.abs(sent) + 132).astype(int) - 7
    assert (np.abs(sent - got) <= 4 << segment).all()


def test_sox_decodes_every_code_alike(tmp_path: Path) -> None:
    """An independent implementation agrees on all 256 codes."""
    raw = tmp_path / "codes.raw"
    raw.write_bytes(ALL_CODES)
    sox = ["sox", "-t", "raw", "-r", "8000", "-c", "1", "-e", "mu-law", "-b", "8", str(raw)]
    decoded = subprocess.run([*sox, "-t", "raw", "-e", "signed", "-b", "16", "-"], capture_output=True, check=True)
    assert decode(ALL_CODES) == decoded.stdout


@given(st.binary(max_size=400))
def test_lengths(mulaw: bytes) -> None:
    """A byte of mu-law is a sample of two bytes."""
    assert len(decode(mulaw)) == 2 * len(mulaw)
    assert len(encode(decode(mulaw))) == len(mulaw)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="buffer size"):
        encode(b"\0\0\0")
