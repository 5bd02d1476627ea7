"""What callers say, rendered."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from voice_agent.audio.frames import FRAME_MS, FRAME_SAMPLES
from voice_agent.bench import sounds
from voice_agent.bench.sounds import AUDIBLE, LOUD_ROOM_DB, QUIET_DB, Studio
from voice_agent.simulator import noises, sound

VOICE = "flite:slt"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("spoken"))


def heard(made: sounds.Sound) -> bytes:
    return b"".join(base64.b64decode(payload) for payload in made.payloads)


def test_a_line_becomes_whole_frames(studio: Studio) -> None:
    made = studio.sound(VOICE, 1.0, "a checkup", QUIET_DB)
    assert {len(base64.b64decode(payload)) for payload in made.payloads} == {FRAME_SAMPLES}
    assert sounds.milliseconds(made) == len(made.payloads) * FRAME_MS
    assert 0 <= made.first < made.last < len(made.payloads)
    assert made.pauses == ()


def test_a_pause_stands_where_it_was_written(studio: Studio) -> None:
    (short,) = studio.sound(VOICE, 1.0, "i have had <300> a headache", QUIET_DB).pauses
    (long,) = studio.sound(VOICE, 1.0, "i have had <900> a headache", QUIET_DB).pauses
    assert (long[1] - long[0] - (short[1] - short[0])) * FRAME_MS == pytest.approx(600, abs=2 * FRAME_MS)
    levels = studio.sound(VOICE, 1.0, "i have had <900> a headache", QUIET_DB).levels
    assert max(levels[long[0] + 2 : long[1] - 1]) < AUDIBLE <= min(levels[long[0]], levels[long[1]])


def test_words_that_go_on_pause_where_it_was_written_too(studio: Studio) -> None:
    line = "i have had <~{}> a headache <~500> since monday"
    short, same = studio.sound(VOICE, 1.0, line.format(300), QUIET_DB).pauses
    long, again = studio.sound(VOICE, 1.0, line.format(900), QUIET_DB).pauses
    assert (long[1] - long[0] - (short[1] - short[0])) * FRAME_MS == pytest.approx(600, abs=2 * FRAME_MS)
    assert again[1] - again[0] == pytest.approx(same[1] - same[0], abs=2)


def test_a_loud_room_is_ten_decibels_below_the_voice(studio: Studio) -> None:
    room = b"".join(base64.b64decode(payload) for payload in studio.room(LOUD_ROOM_DB))
    rms = float(np.sqrt(np.mean(sound.samples(room) ** 2)))
    assert 20 * np.log10(sound.SPEECH_RMS / rms) == pytest.approx(10, abs=0.5)
    loud = studio.sound(VOICE, 1.0, "a checkup", LOUD_ROOM_DB)
    quiet = studio.sound(VOICE, 1.0, "a checkup", QUIET_DB)
    assert (loud.first, loud.last) == (quiet.first, quiet.last), "where speech is does not depend on the room"
    assert heard(loud) != heard(quiet)


def test_what_was_rendered_is_read_from_disk(tmp_path: Path) -> None:
    first = Studio(tmp_path)
    first.render(VOICE, 1.0, "hello <300> hello")
    (kept,) = tmp_path.iterdir()  # both pieces are the same
    kept.write_bytes(sound.tone(440.0, ms=500, rms=2000.0))
    again = Studio(tmp_path).sound(VOICE, 1.0, "hello", QUIET_DB)
    assert sounds.milliseconds(again) == 500


def test_silence_cannot_be_said(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.render(VOICE, 1.0, "hello")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(sound.SILENCE * 10)
    with pytest.raises(ValueError, match="cannot be heard"):
        Studio(tmp_path).sound(VOICE, 1.0, "hello", QUIET_DB)


@pytest.mark.parametrize("name", sorted(noises.NOISES))
def test_noises_can_be_heard_and_stay_the_same(name: str, studio: Studio) -> None:
    made = studio.sound(VOICE, 1.0, f"noise:{name}", QUIET_DB)
    assert max(made.levels) >= AUDIBLE
    assert np.array_equal(noises.make(name), noises.make(name))
    assert float(np.max(np.abs(noises.make(name)))) <= 32767


def test_levels_are_logarithmic_and_zero_for_silence() -> None:
    levels = [
        sounds.level(sound.coded(np.full(160, amplitude, dtype=np.float32))) for amplitude in (0, 100, 1000, 10000)
    ]
    assert levels[0] == 0
    assert levels == sorted(set(levels))
    assert max(levels) < 128
