"""When the caller has begun, paused and ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.events import Listened, Transcribed, Word
from voice_agent.call.replies import Listen
from voice_agent.call.turns import (
    NothingSaid,
    Signal,
    SpeechBegan,
    SpeechPaused,
    TurnSettings,
    TurnTaker,
    UtteranceEnded,
)


class Line:
    """Feeds a turn taker with sound."""

    def __init__(self, settings: TurnSettings | None = None) -> None:
        self.turns = TurnTaker(settings or TurnSettings())
        self.at_ms = 0

    def hear(self, ms: int, *, speech: bool) -> list[Signal]:
        return [signal for _ in range(ms // FRAME_MS) for signal in self._frame(speech)]

    def _frame(self, speech: bool) -> Iterator[Signal]:
        self.at_ms += FRAME_MS
        yield from self.turns.listened(Listened(self.at_ms, speech))


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_click_is_no_speech(line: Line) -> None:
    assert line.hear(80, speech=True) == []
    assert line.hear(2000, speech=False) == []


def test_speech_begins_where_its_first_frame_was(line: Line) -> None:
    line.hear(500, speech=False)
    assert line.hear(100, speech=True) == [SpeechBegan(500)]


@pytest.mark.parametrize(
    ("listen", "silence_ms"),
    [(Listen.YES_NO, 300), (Listen.OPEN, 700), (Listen.DIGITS, 1000), (Listen.DATE, 900), (Listen.NAME, 900)],
)
def test_how_long_a_silence_ends_an_answer_depends_on_the_question(line: Line, listen: Listen, silence_ms: int) -> None:
    line.turns.expect(listen)
    line.hear(400, speech=True)
    assert line.hear(silence_ms - FRAME_MS, speech=False) == []
    assert line.hear(FRAME_MS, speech=False) == [SpeechPaused(1)]


def test_a_pause_shorter_than_that_is_part_of_the_utterance(line: Line) -> None:
    line.hear(400, speech=True)
    line.hear(600, speech=False)
    line.hear(400, speech=True)
    assert line.hear(700, speech=False) == [SpeechPaused(1)]


def test_the_flushed_words_complete_the_utterance_with_its_true_times(line: Line) -> None:
    line.hear(200, speech=False)
    line.hear(400, speech=True)
    line.hear(700, speech=False)
    words = (Word("hello", 210, 580, 0.8),)
    [ended] = line.turns.transcribed(Transcribed("hello", 1300, final=True, words=words, utterance=1))
    assert isinstance(ended, UtteranceEnded)
    assert (ended.utterance.text, ended.utterance.started_ms, ended.utterance.ended_ms) == ("hello", 200, 600)
    assert ended.utterance.confidence == pytest.approx(0.8)


def test_finals_that_the_recogniser_cut_by_itself_are_joined(line: Line) -> None:
    line.hear(400, speech=True)
    line.turns.transcribed(Transcribed("my name is", 400, final=True))
    line.hear(400, speech=True)
    line.hear(700, speech=False)
    [ended] = line.turns.transcribed(Transcribed("maria", 1500, final=True, utterance=1))
    assert isinstance(ended, UtteranceEnded)
    assert ended.utterance.text == "my name is maria"


def test_words_that_the_detector_missed_are_not_lost(line: Line) -> None:
    assert line.turns.transcribed(Transcribed("help me", 900)) == [SpeechBegan(900)]
    assert line.hear(700, speech=False) == [SpeechPaused(1)]


def test_a_flush_that_never_answers_ends_without_words(line: Line) -> None:
    line.hear(400, speech=True)
    line.hear(700, speech=False)
    [ended] = line.hear(2000, speech=False)
    assert isinstance(ended, UtteranceEnded)
    assert ended.utterance.text == ""


def test_a_caller_who_never_pauses_is_answered_in_the_end() -> None:
    line = Line(TurnSettings(longest_utterance_ms=3000))
    assert [type(signal) for signal in line.hear(3200, speech=True)] == [SpeechBegan, SpeechPaused]


def test_silence_counts_only_once_the_question_was_heard(line: Line) -> None:
    assert line.hear(20000, speech=False) == []
    line.turns.await_answer()
    assert line.hear(6980, speech=False) == []
    assert line.hear(20, speech=False) == [NothingSaid()]
    line.turns.stop_awaiting()
    assert line.hear(20000, speech=False) == []


def test_a_sound_starts_the_wait_anew(line: Line) -> None:
    line.turns.await_answer()
    line.hear(6000, speech=False)
    line.hear(200, speech=True)
    line.hear(700, speech=False)
    line.turns.transcribed(Transcribed("", 6900, final=True, utterance=1))
    assert line.hear(6900, speech=False) == []
