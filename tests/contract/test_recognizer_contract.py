"""What every recogniser does: the scripted stand-in and Vosk, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from voice_agent.audio.frames import AudioFrame, Framer
from voice_agent.audio.mulaw import decode, encode
from voice_agent.call.events import Transcribed
from voice_agent.call.replies import Listen
from voice_agent.errors import RecognizerError
from voice_agent.fakes.speech import FakeRecognizers
from voice_agent.ports import Recognizer, RecognizerFactory
from voice_agent.speech.recognizer import RecognizerSettings, VoskRecognizers
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer

SENTENCE = "my chest hurts"


@dataclass(frozen=True)
class Setting:
    """A factory, and a caller of whom it is sure to understand `SENTENCE`."""

    recognizers: RecognizerFactory
    broken: RecognizerFactory
    frames: list[AudioFrame]
    """Half a second of silence, the sentence, half a second of silence."""


@pytest.fixture(scope="module", params=["fake", "vosk"])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    synthesizer = Pyttsx3Synthesizer()
    pcm = bytes(8000) + decode(encode(synthesizer.synthesize(SENTENCE, 165))) + bytes(8000)
    synthesizer.close()
    framer = Framer()
    cut = framer.push(pcm) + framer.flush()
    frames = [AudioFrame(frame, 20 * place) for place, frame in enumerate(cut)]
    if request.param == "vosk":
        missing = VoskRecognizers(RecognizerSettings(model="/nowhere"))
        yield Setting(VoskRecognizers(), missing, frames)
    else:
        script = [Transcribed("my", 800), Transcribed("my chest", 1100), Transcribed(SENTENCE, 1500)]
        yield Setting(FakeRecognizers(script), FakeRecognizers(problem="It is broken: mend it."), frames)


@pytest.fixture
def ear(setting: Setting) -> Iterator[Recognizer]:
    ear = setting.recognizers.open()
    yield ear
    ear.close()


def test_the_sentence_is_heard_and_the_final_is_tagged(setting: Setting, ear: Recognizer) -> None:
    finals = [event for event in ear.accept(setting.frames) if event.final]
    finished = ear.finish(5)
    assert " ".join(final.text for final in [*finals, finished] if final.text) == SENTENCE
    assert finished.final
    assert finished.utterance == 5
    assert all(final.utterance is None for final in finals)


def test_partials_come_before_the_end_and_carry_no_words(setting: Setting, ear: Recognizer) -> None:
    partials = [event for event in ear.accept(setting.frames) if not event.final]
    assert partials[0].text.startswith("my")
    assert partials[0].at_ms < setting.frames[-1].end_ms
    assert all(partial.words == () for partial in partials)


def test_without_partials_only_finals_come_and_nothing_is_lost(setting: Setting, ear: Recognizer) -> None:
    heard = ear.accept(setting.frames, partials=False)
    assert all(event.final for event in heard)
    assert " ".join(event.text for event in [*heard, ear.finish(1)] if event.text) == SENTENCE


@pytest.mark.parametrize("listen", Listen)
def test_the_caller_may_say_anything_whatever_was_asked(setting: Setting, ear: Recognizer, listen: Listen) -> None:
    ear.expect(listen)
    finals = [event for event in ear.accept(setting.frames) if event.final]
    assert " ".join(final.text for final in [*finals, ear.finish(1)] if final.text) == SENTENCE


def test_a_question_in_mid_sentence_loses_nothing(setting: Setting, ear: Recognizer) -> None:
    half = len(setting.frames) // 2
    finals = [event for event in ear.accept(setting.frames[:half]) if event.final]
    ear.expect(Listen.YES_NO)
    finals += [event for event in ear.accept(setting.frames[half:]) if event.final]
    assert " ".join(final.text for final in [*finals, ear.finish(1)] if final.text) == SENTENCE


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_times_only_go_forward(setting: Setting, ear: Recognizer, at_once: int) -> None:
    """However many frames come at once, no event is later than what was heard, or earlier than the one before."""
    heard, last_ms = [], 0
    for start in range(0, len(setting.frames), at_once):
        given = setting.frames[start : start + at_once]
        for event in ear.accept(given):
            assert last_ms <= event.at_ms <= given[-1].end_ms
            last_ms = event.at_ms
            heard.append(event)
    heard.append(ear.finish(1))
    assert heard[-1].at_ms == setting.frames[-1].end_ms
    words = [word for event in heard if event.final for word in event.words]
    assert [word.text for word in words] == SENTENCE.split()
    bounds = [bound for word in words for bound in (word.start_ms, word.end_ms)]
    assert bounds == sorted(bounds)
    assert 0 <= bounds[0] <= bounds[-1] <= setting.frames[-1].end_ms
    assert all(0 <= word.confidence <= 1 for word in words)


def test_nothing_heard_is_an_empty_final(ear: Recognizer) -> None:
    assert ear.accept([]) == []
    final = ear.finish(1)
    assert (final.text, final.words, final.final, final.utterance) == ("", (), True, 1)


def test_silence_is_an_empty_final(ear: Recognizer) -> None:
    assert ear.accept([AudioFrame(bytes(320), at_ms) for at_ms in range(0, 400, 20)]) == []
    final = ear.finish(9)
    assert (final.text, final.at_ms, final.utterance) == ("", 400, 9)


def test_a_second_flush_finds_nothing(setting: Setting, ear: Recognizer) -> None:
    ear.accept(setting.frames)
    ear.finish(1)
    again = ear.finish(2)
    assert (again.text, again.utterance) == ("", 2)


def test_each_call_has_an_ear_of_its_own(setting: Setting, ear: Recognizer) -> None:
    other = setting.recognizers.open()
    ear.accept(setting.frames)
    assert other.finish(1).text == ""
    other.close()


def test_a_closed_ear_refuses(setting: Setting) -> None:
    ear = setting.recognizers.open()
    ear.close()
    ear.close()
    with pytest.raises(RecognizerError):
        ear.accept(setting.frames)
    with pytest.raises(RecognizerError):
        ear.finish(1)
    with pytest.raises(RecognizerError):
        ear.expect(Listen.DATE)


def test_check_tells_whether_it_works(setting: Setting) -> None:
    assert setting.recognizers.check() is None
    problem = setting.broken.check()
    assert problem
    with pytest.raises(RecognizerError) as caught:
        setting.broken.open()
    assert str(caught.value) == problem
