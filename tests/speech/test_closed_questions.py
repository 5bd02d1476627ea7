"""Whoever is asked "yes or no?" may answer with anything, and is understood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from voice_agent import config
from voice_agent.audio.frames import AudioFrame
from voice_agent.audio.mulaw import decode, encode
from voice_agent.call.events import Transcribed
from voice_agent.call.replies import Listen
from voice_agent.speech.recognizer import RecognizerSettings, VoskRecognizer, VoskRecognizers
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.understanding.yes_no import yes_no
from voice_agent.wiring import always_understood

Say = Callable[..., bytes]
OnTheLine = Callable[..., list[AudioFrame]]
SILENCE_MS = 16
"""Bytes of a millisecond of silence."""
PAUSE = bytes(300 * SILENCE_MS)
VOICES = ["slt", "rms", "en-us"]
OTHER_ANSWERS = [
    "my chest hurts",
    "i can't breathe",
    "i don't know",
    "can i speak to a person",
    "i take ibuprofen",
    "what do you mean",
    "i want to cancel my appointment",
]


@pytest.fixture(scope="module")
def with_grammars() -> VoskRecognizers:
    """As the server opens them."""
    return VoskRecognizers(always=always_understood(config.load_dialogs()))


@pytest.fixture
def ear(with_grammars: VoskRecognizers) -> VoskRecognizer:
    ear = with_grammars.open()
    ear.expect(Listen.YES_NO)
    return ear


def noisy(pcm: bytes, snr_db: float) -> bytes:
    """White noise behind the voice."""
    sound = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    level = np.sqrt(np.mean(np.square(sound[sound != 0]))) / 10 ** (snr_db / 20)
    noise = np.random.default_rng(5).normal(0, level, len(sound))
    return decode(encode(np.rint(sound + noise).clip(-32768, 32767).astype("<i2").tobytes()))


def in_all(events: list[Transcribed]) -> str:
    return " ".join(event.text for event in events if event.final and event.text)


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("text", ["yes", "no", "yes please", "no i don't", "not really", "that's right"])
def test_an_answer_is_heard(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, text: str, voice: str) -> None:
    frames = on_the_line(PAUSE + say(text, voice) + PAUSE)
    finals = [*ear.accept(frames), ear.finish(1)]
    assert yes_no(in_all(finals)) is yes_no(text) is not None


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("text", OTHER_ANSWERS)
def test_anything_else_is_heard(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, text: str, voice: str) -> None:
    heard = [*ear.accept(on_the_line(PAUSE + say(text, voice) + PAUSE)), ear.finish(1)]
    assert in_all(heard) == text
    assert not any("[unk]" in event.text for event in heard)


@pytest.mark.parametrize("snr_db", [15, 10])
@pytest.mark.parametrize("text", OTHER_ANSWERS)
def test_in_noise_it_is_never_taken_for_an_answer(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, text: str, snr_db: float
) -> None:
    heard = [*ear.accept(on_the_line(noisy(PAUSE + say(text) + PAUSE, snr_db))), ear.finish(1)]
    assert yes_no(in_all(heard)) is None
    assert not any("[unk]" in event.text for event in heard)


@pytest.mark.parametrize("voice", VOICES)
def test_a_red_flag_is_seen_before_the_sentence_ends(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, screen: RedFlagScreen, voice: str
) -> None:
    frames = on_the_line(PAUSE + say("my chest hurts and it started when i was walking the dog", voice) + PAUSE)
    partials = [event for event in ear.accept(frames) if not event.final]
    first = next(event for event in partials if screen.screen(event.text, partial=True).red_flag)
    assert first.at_ms < frames[-1].end_ms - 1000


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("text", ["yes", "i take ibuprofen", "where are you located", "it started last week"])
def test_words_forced_into_the_grammar_raise_no_red_flag(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, screen: RedFlagScreen, text: str, voice: str
) -> None:
    """The red flags are in the grammar, so other speech may sound like one of them: it must not get out."""
    for event in [*ear.accept(on_the_line(PAUSE + say(text, voice) + PAUSE)), ear.finish(1)]:
        assert not screen.screen(event.text, partial=not event.final).red_flag, event.text


def test_times_are_right_when_it_is_heard_a_second_time(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, recognizers: VoskRecognizers
) -> None:
    frames = on_the_line(PAUSE + say("i take ibuprofen") + PAUSE, 5000)
    ear.accept(frames)
    plain = recognizers.open()
    plain.accept(frames)
    again, once = ear.finish(1).words, plain.finish(1).words
    assert [word.text for word in again] == [word.text for word in once]
    assert [word.start_ms for word in again] == [word.start_ms for word in once]


def test_after_something_else_all_words_are_heard_until_the_next_question(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine
) -> None:
    """The caller pauses in mid-sentence, and is flushed there: the rest is heard as it is."""
    at_ms, heard = 0, []
    for utterance, text in enumerate(["i have an appointment", "tomorrow morning"]):
        frames = on_the_line(say(text) + PAUSE, at_ms)
        heard += [*ear.accept(frames), ear.finish(utterance)]
        at_ms = frames[-1].end_ms
    assert in_all(heard) == "i have an appointment tomorrow morning"
    ear.expect(Listen.YES_NO)
    frames = on_the_line(say("yes please") + PAUSE, at_ms)
    assert in_all([*ear.accept(frames), ear.finish(9)]) == "yes please"


def test_a_noise_is_no_answer_and_the_question_stays_open(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine
) -> None:
    rustle = np.random.default_rng(2).normal(0, 300, 4000).astype("<i2").tobytes()
    frames = on_the_line(PAUSE + rustle + PAUSE)
    assert in_all([*ear.accept(frames), ear.finish(1)]) == ""
    frames = on_the_line(say("no") + PAUSE, frames[-1].end_ms)
    assert in_all([*ear.accept(frames), ear.finish(2)]) == "no"


def test_without_partials_it_is_heard_again_at_the_flush(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    assert ear.accept(on_the_line(PAUSE + say("i take ibuprofen") + PAUSE), partials=False) == []
    assert ear.finish(1).text == "i take ibuprofen"


def test_a_long_silence_that_cuts_by_itself_loses_nothing(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine
) -> None:
    at_ms, heard = 0, []
    for utterance, text in enumerate(["yes", "my throat is closing"]):
        frames = on_the_line(PAUSE + say(text) + bytes(2000 * SILENCE_MS), at_ms)
        heard += [*ear.accept(frames, partials=False), ear.finish(utterance)]
        at_ms = frames[-1].end_ms
    assert in_all(heard) == "yes my throat is closing"


def test_grammars_can_be_switched_off(say: Say, on_the_line: OnTheLine) -> None:
    ear = VoskRecognizers(RecognizerSettings(grammars=False), ["my chest hurts"]).open()
    ear.expect(Listen.YES_NO)
    ear.accept(on_the_line(say("tomorrow morning") + PAUSE))
    assert ear.finish(1).text == "tomorrow morning"
