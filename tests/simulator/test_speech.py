"""Voices of simulated people."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.errors import SynthesizerError
from voice_agent.simulator import noises, sound
from voice_agent.simulator.speech import Voice, sayable


@pytest.mark.parametrize("name", ["espeak:en-us", "espeak:en-us+f4", "flite:slt", "flite:kal16"])
def test_a_voice_speaks_at_the_level_of_speech(name: str) -> None:
    voice = Voice(name)
    said = voice.speak("i would like to book an appointment")
    assert 1000 < sound.milliseconds(said) < 4000
    loud = sound.samples(said)
    assert 1000 < float(np.sqrt(np.mean(loud**2))) < 3500
    assert voice.speak("i would like to book an appointment") is said


def test_a_hurried_voice_is_faster() -> None:
    for name in ("espeak:en-us", "flite:slt"):
        usual, hurried = (len(Voice(name, rate).speak("next tuesday in the morning")) for rate in (1.0, 1.4))
        assert hurried < 0.85 * usual


def test_a_pause_is_silence_of_its_length() -> None:
    voice = Voice("flite:slt")
    said = voice.speak("my name is <900> mary")
    before, after = voice.speak("my name is"), voice.speak("mary")
    assert said == before + sound.SILENCE * 45 + after


@pytest.mark.parametrize("name", ["espeak:en-us", "espeak:en-us+f3", "flite:slt", "flite:rms", "flite:awb"])
@pytest.mark.parametrize("pace", [0.85, 1.25])
def test_who_breaks_off_speaks_the_whole_sentence_and_is_silent_in_it(name: str, pace: float) -> None:
    voice = Voice(name, pace)
    before, after = voice.breath(("i need to see the doctor", "next week"))
    whole = voice.speak("i need to see the doctor next week")
    assert sound.milliseconds(before) + sound.milliseconds(after) == pytest.approx(sound.milliseconds(whole), abs=180)
    assert voice.speak("i need to see the doctor <~900> next week") == before + sound.SILENCE * 45 + after


@pytest.mark.parametrize("name", ["espeak:en-us", "flite:slt"])
def test_who_breaks_off_does_not_lengthen_the_last_word(name: str) -> None:
    voice = Voice(name)
    broken_off, _ = voice.breath(("i need to see the doctor", "next week"))
    assert sound.milliseconds(broken_off) < sound.milliseconds(voice.speak("i need to see the doctor")) - 30


def test_a_noise_is_the_same_in_every_voice() -> None:
    cough = Voice("flite:slt").speak("noise:cough")
    assert cough == Voice("espeak:en-us").speak("noise:cough")
    assert cough == sound.coded(noises.make("cough"))


@pytest.mark.parametrize(
    "line", ["a checkup", "noise:mm hm", "i have <1> a <20000> headache", "i have <~1> a <900> headache"]
)
def test_what_can_be_said(line: str) -> None:
    assert sayable(line) == line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("noise:sneeze", "no noise 'sneeze'; there are: bark, "),
        ("noise:", "no noise ''"),
        ("<900> hello", "between words"),
        ("hello <900>", "between words"),
        ("hello <1> <2> hello", "between words"),
        ("hello <0.9 s> hello", "number of milliseconds"),
    ],
)
def test_what_cannot_be_said(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sayable(line)


def test_words_are_never_options() -> None:
    assert len(Voice("espeak:en-us").speak("--help")) > 1000
    assert len(Voice("flite:slt").speak("-o nothing")) > 1000


@pytest.mark.parametrize("name", ["slt", "festival:kal", "flite:", "flite:a b", "espeak:en;ls"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(SynthesizerError, match="is not like"):
        Voice(name)


def test_a_voice_that_does_not_exist() -> None:
    with pytest.raises(SynthesizerError, match="espeak-ng --voices"):
        Voice("espeak:xx-none").speak("hello")


def test_a_synthesiser_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SynthesizerError, match="apt-get install flite"):
        Voice("flite:slt")


def test_recordings_of_a_person_are_a_voice(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "hello.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.rint(8000 * np.sin(np.arange(16000) / 5)).astype("<i2").tobytes())
    person = Voice(f"recorded:{tmp_path}")
    assert len(person.speak("hello")) == SAMPLE_RATE_HZ
    with pytest.raises(SynthesizerError, match=r"goodbye\.wav"):
        person.speak("goodbye")


def test_a_folder_of_recordings_that_is_not_there() -> None:
    with pytest.raises(SynthesizerError, match="there is no folder"):
        Voice("recorded:/nowhere")
