"""Voices of simulated people."""

from __future__ import annotations

import numpy as np
import pytest

from voice_agent.errors import SynthesizerError
from voice_agent.simulator import sound
from voice_agent.simulator.speech import Voice


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
