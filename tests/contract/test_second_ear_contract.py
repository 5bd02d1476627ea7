"""What every second ear does: the scripted stand-in and Moonshine, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from voice_agent.audio.mulaw import decode
from voice_agent.call.events import Word
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.errors import RecognizerError
from voice_agent.fakes.speech import FakeSecondEar
from voice_agent.ports import SecondEar
from voice_agent.simulator.speech import Voice
from voice_agent.speech.second_ear import MoonshineEar

SENTENCE = "i would like to cancel my appointment"
PAUSE = bytes(3200)


@dataclass(frozen=True)
class Setting:
    """An ear, one that cannot hear, and sound of which it is sure to understand `SENTENCE`."""

    ear: SecondEar
    broken: SecondEar
    pcm: bytes


@pytest.fixture(params=["fake", "moonshine"])
def setting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Setting]:
    pcm = PAUSE + decode(Voice("flite:rms").speak(SENTENCE)) + PAUSE
    if request.param == "moonshine":
        setting = Setting(MoonshineEar(), MoonshineEar(directory=tmp_path), pcm)
    else:
        words = tuple(Word(word, 0, len(pcm) // 16, 0.9) for word in SENTENCE.split())
        hearing = SecondHearing(SENTENCE, words)
        setting = Setting(FakeSecondEar([hearing, hearing]), FakeSecondEar(problem="It is broken: mend it."), pcm)
    yield setting
    setting.ear.close()


def test_the_sentence_is_heard_in_plain_words(setting: Setting) -> None:
    hearing = setting.ear.hear(setting.pcm)
    assert hearing.text == SENTENCE
    assert [word.text for word in hearing.words] == SENTENCE.split()
    assert all(0 <= word.confidence <= 1 for word in hearing.words)
    assert hearing.confidence == pytest.approx(sum(word.confidence for word in hearing.words) / len(hearing.words))
    assert hearing.audio_ms == len(setting.pcm) // 16


def test_nothing_is_kept_between_two_utterances(setting: Setting) -> None:
    first, second = setting.ear.hear(setting.pcm), setting.ear.hear(setting.pcm)
    assert (first.text, first.words) == (second.text, second.words)


@pytest.mark.parametrize("pcm", [b"", bytes(16), bytes(16000)])
@pytest.mark.parametrize("listen", [Listen.OPEN, Listen.YES_NO])
def test_silence_has_no_words(setting: Setting, pcm: bytes, listen: Listen) -> None:
    hearing = setting.ear.hear(pcm, listen)
    assert (hearing.text, hearing.words, hearing.answer, hearing.confidence) == ("", (), "", None)


def test_check_tells_whether_it_works(setting: Setting) -> None:
    assert setting.ear.check() is None
    problem = setting.broken.check()
    assert problem
    with pytest.raises(RecognizerError) as caught:
        setting.broken.hear(setting.pcm)
    assert str(caught.value) == problem


def test_a_closed_ear_refuses(setting: Setting) -> None:
    setting.ear.close()
    setting.ear.close()
    with pytest.raises(RecognizerError):
        setting.ear.hear(setting.pcm)
