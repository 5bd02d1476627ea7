"""What every synthesiser does: the tone and eSpeak NG, by the same tests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from voice_agent.audio.frames import level_dbfs
from voice_agent.errors import SynthesizerError
from voice_agent.fakes.speech import FakeSynthesizer
from voice_agent.ports import Synthesizer
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer

SENTENCE = "Please hold the line, a nurse is coming."


@dataclass(frozen=True)
class Setting:
    synthesizer: Synthesizer
    broken: Synthesizer


@pytest.fixture(scope="module", params=["fake", "pyttsx3"])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    if request.param == "fake":
        setting = Setting(FakeSynthesizer(), FakeSynthesizer(problem="It is broken: mend it."))
    else:
        dies = [sys.executable, "-c", "raise SystemExit"]
        setting = Setting(Pyttsx3Synthesizer(), Pyttsx3Synthesizer(process=dies))
    yield setting
    setting.synthesizer.close()
    setting.broken.close()


def test_speech_takes_about_as_long_as_its_words(setting: Setting) -> None:
    pcm = setting.synthesizer.synthesize(SENTENCE, 165)
    assert len(pcm) % 2 == 0
    assert 1.5 < len(pcm) / 16000 < 4.5


def test_speech_is_as_loud_as_a_person_on_the_telephone(setting: Setting) -> None:
    assert -30 < level_dbfs(setting.synthesizer.synthesize(SENTENCE, 165)) < -15


def test_slower_is_longer(setting: Setting) -> None:
    slow, fast = (setting.synthesizer.synthesize(SENTENCE, rate) for rate in (100, 250))
    assert len(slow) > 1.5 * len(fast)


def test_the_same_sentence_sounds_the_same(setting: Setting) -> None:
    first, second = (setting.synthesizer.synthesize(SENTENCE, 165) for _ in range(2))
    assert first == second


def test_nothing_to_say_is_no_sound(setting: Setting) -> None:
    assert setting.synthesizer.synthesize("", 165) == b""
    assert setting.synthesizer.synthesize("  ", 165) == b""


def test_any_thread_may_speak(setting: Setting) -> None:
    spoken: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: spoken.append(setting.synthesizer.synthesize(SENTENCE, 165))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spoken == [setting.synthesizer.synthesize(SENTENCE, 165)] * 4


def test_check_tells_whether_it_works(setting: Setting) -> None:
    assert setting.synthesizer.check() is None
    assert setting.broken.check()
    with pytest.raises(SynthesizerError):
        setting.broken.synthesize(SENTENCE, 165)


def test_closing_twice_is_no_error(setting: Setting) -> None:
    setting.broken.close()
    setting.broken.close()
