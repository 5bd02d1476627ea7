"""What silence sounds like on a line."""

from __future__ import annotations

import pytest

from voice_agent.audio.noise_floor import NoiseFloor


def followed(*levels: tuple[float, int]) -> NoiseFloor:
    floor = NoiseFloor()
    for level_dbfs, frames in levels:
        for _ in range(frames):
            floor.hear(level_dbfs)
    return floor


def test_it_is_the_level_of_the_pauses_not_of_the_speech() -> None:
    assert followed((-50, 40), (-20, 100)).dbfs == -50


def test_a_line_that_becomes_louder_is_followed_within_seconds() -> None:
    assert followed((-60, 150), (-40, 130)).dbfs == -40


@pytest.mark.parametrize("level_dbfs", [-96.0, -70.0])
def test_digital_silence_is_taken_for_a_very_quiet_line(level_dbfs: float) -> None:
    assert followed((level_dbfs, 50)).dbfs == -65


def test_nothing_is_known_at_first() -> None:
    assert followed((-20, 5)).dbfs == -65
