"""A real Vosk in simulated ears."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from voice_agent.errors import RecognizerError
from voice_agent.simulator import sound
from voice_agent.simulator.ears import Hearing, plain
from voice_agent.simulator.speech import Voice

MODEL = Path(__file__).parents[2] / "models" / "clinic-en-8k"


def test_words_are_heard_as_they_come_and_at_the_end() -> None:
    ears = Hearing(MODEL).ears()
    said = Voice("espeak:en-us").speak("What is your date of birth?")
    seen = set()
    for frame in sound.frames(said):
        ears.hear(frame)
        seen.add(ears.so_far())
    assert len(seen) > 2
    assert ears.finish() == "what is your date of birth"
    assert ears.finish() == ""
    assert ears.so_far() == ""


def test_two_turns_do_not_mix() -> None:
    ears = Hearing(MODEL).ears()
    voice = Voice("espeak:en-us")
    for words in ("next tuesday", "in the morning"):
        for frame in sound.frames(voice.speak(words)):
            ears.hear(frame)
        assert ears.finish() == words


def test_silence_has_no_words() -> None:
    ears = Hearing(MODEL).ears()
    for _ in range(100):
        ears.hear(sound.SILENCE)
    assert ears.finish() == ""


def test_a_directory_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="no Vosk model"):
        Hearing(tmp_path)
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"not a model")
    with pytest.raises(RecognizerError, match="cannot load"):
        Hearing(tmp_path)


def test_a_model_for_16_khz_hears_doubled_sound(tmp_path: Path) -> None:
    """Ours, with a configuration that says 16 kHz: what arrives must have twice the samples, and then fails no call."""
    shutil.copytree(MODEL, tmp_path / "model")
    conf = tmp_path / "model" / "conf" / "mfcc.conf"
    text = conf.read_text().replace("--sample-frequency=8000", "--sample-frequency=16000")
    conf.write_text(text.replace("--high-freq=-300", "--high-freq=3700"))
    ears = Hearing(tmp_path / "model").ears()
    for frame in sound.frames(Voice("espeak:en-us").speak("what is your date of birth")):
        ears.hear(frame)
    assert "birth" in ears.finish()


def test_plain_text() -> None:
    assert plain("Thank you. It's 8 o'clock, isn't it? [unk]") == "thank you it's 8 o'clock isn't it"
