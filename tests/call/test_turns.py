"""When the caller has begun, paused and ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.events import Listened, Transcribed, Word
from voice_agent.call.replies import Listen
from voice_agent.call.signals import (
    NothingSaid,
    Signal,
    SoundBegan,
    SoundEnded,
    SpeechBegan,
    SpeechPaused,
    UtteranceEnded,
    WordsSoFar,
)
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.call.turns import TurnTaker

LOOK_MS = TurnSettings().look_after_ms


class Line:
    """Feeds a turn taker with sound, and with `words` for every flush."""

    def __init__(self, settings: TurnSettings | None = None, listen: Listen = Listen.OPEN) -> None:
        self.turns = TurnTaker(settings or TurnSettings())
        self.turns.expect(listen)
        self.at_ms = 0

    def hear(self, ms: int, *, speech: bool) -> list[Signal]:
        return [signal for _ in range(ms // FRAME_MS) for signal in self._frame(speech)]

    def say(self, text: str, ms: int = 600) -> None:
        """Speech, the shortest silence that makes us look, and the words."""
        self.hear(ms, speech=True)
        [paused] = self.hear(LOOK_MS, speech=False)
        assert isinstance(paused, SpeechPaused)
        self.signals = self.turns.transcribed(Transcribed(text, self.at_ms, final=True, utterance=paused.utterance))

    def ends_after(self) -> int:
        """Milliseconds of silence after the last words until the utterance ends; the look is part of it."""
        if any(isinstance(signal, UtteranceEnded) for signal in self.signals):
            return LOOK_MS
        for waited in range(FRAME_MS, 5000, FRAME_MS):
            self.signals = self.hear(FRAME_MS, speech=False)
            if self.signals:
                assert isinstance(self.signals[0], UtteranceEnded)
                return LOOK_MS + waited
        raise AssertionError("it never ended")

    def text(self) -> str:
        [ended] = self.signals
        assert isinstance(ended, UtteranceEnded)
        return ended.utterance.text

    def _frame(self, speech: bool) -> Iterator[Signal]:
        self.at_ms += FRAME_MS
        yield from self.turns.listened(Listened(self.at_ms, speech))


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_click_is_a_sound_and_no_speech(line: Line) -> None:
    assert line.hear(80, speech=True) == [SoundBegan(20)]
    assert line.hear(2000, speech=False) == [SoundEnded()]


def test_speech_begins_where_its_first_frame_was(line: Line) -> None:
    line.hear(500, speech=False)
    assert line.hear(100, speech=True) == [SoundBegan(520), SpeechBegan(500)]


def test_a_short_silence_makes_us_look_at_the_words(line: Line) -> None:
    line.hear(400, speech=True)
    assert line.hear(LOOK_MS - FRAME_MS, speech=False) == []
    assert line.hear(FRAME_MS, speech=False) == [SpeechPaused(1)]
    assert line.hear(300, speech=False) == [], "one silence, one look"


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen.YES_NO, "yes"),
        (Listen.YES_NO, "no i do not"),
        (Listen.DATE, "next tuesday"),
        (Listen.DATE, "march third nineteen fifty two"),
        (Listen.TIME, "in the morning"),
        (Listen.TIME, "the first one"),
        (Listen.DIGITS, "three days"),
    ],
)
def test_words_that_answer_the_question_end_the_turn_at_once(listen: Listen, text: str) -> None:
    line = Line(listen=listen)
    line.say(text)
    assert line.ends_after() == LOOK_MS
    assert line.text() == text


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen.NAME, "my name is"),
        (Listen.NAME, "g a r c"),
        (Listen.OPEN, "i have had a headache since"),
        (Listen.OPEN, "i would like to"),
        (Listen.DATE, "march third nineteen"),
        (Listen.YES_NO, "yes but"),
        (Listen.TIME, "at"),
        (Listen.OPEN, "um"),
    ],
)
def test_words_that_plainly_go_on_are_waited_for_over_a_second(listen: Listen, text: str) -> None:
    line = Line(listen=listen)
    line.say(text)
    assert line.ends_after() == TurnSettings().goes_on_ms > 1000


@pytest.mark.parametrize(
    ("listen", "text", "silence_ms"),
    [
        (Listen.YES_NO, "well my husband says", 600),
        (Listen.OPEN, "my head is killing me", 700),
        (Listen.DIGITS, "five five five", 900),
        (Listen.DATE, "march third", 800),
        (Listen.NAME, "maria", 700),
    ],
)
def test_words_that_decide_nothing_wait_by_the_question(listen: Listen, text: str, silence_ms: int) -> None:
    line = Line(listen=listen)
    line.say(text)
    assert line.ends_after() == silence_ms


def test_a_full_name_may_well_be_all() -> None:
    line = Line(listen=Listen.NAME)
    line.say("maria garcia")
    assert line.ends_after() == TurnSettings().likely_silence_ms.closed


def test_words_that_the_dialog_understands_may_well_be_all(line: Line) -> None:
    line.say("i need a refill")
    assert line.signals == [WordsSoFar(1, "i need a refill")]
    assert line.turns.understood(1) == []
    assert line.ends_after() == TurnSettings().likely_silence_ms.open


def test_what_the_dialog_understands_of_half_a_sentence_ends_nothing(line: Line) -> None:
    line.say("i need a refill of my")
    line.turns.understood(1)
    assert line.ends_after() == TurnSettings().goes_on_ms


def test_an_understanding_that_comes_late_ends_the_turn_at_once(line: Line) -> None:
    line.say("i need a refill")
    line.hear(400, speech=False)
    [ended] = line.turns.understood(1)
    assert isinstance(ended, UtteranceEnded)


def test_an_understanding_of_words_that_went_on_is_void(line: Line) -> None:
    line.say("i need a refill")
    line.hear(200, speech=True)
    assert line.turns.understood(1) == []


def test_a_pause_is_part_of_the_utterance_and_its_words_are_joined(line: Line) -> None:
    line.say("i have had a")
    line.hear(800, speech=False)
    line.say("headache since")
    line.hear(800, speech=False)
    line.say("monday")
    line.ends_after()
    assert line.text() == "i have had a headache since monday"


def test_a_caller_who_pauses_is_given_as_long_again() -> None:
    line = Line()
    line.say("i have a headache")
    line.hear(680 - LOOK_MS, speech=False)
    line.say("since monday")
    own_ms = 680 * TurnSettings().own_pauses
    assert own_ms - FRAME_MS <= line.ends_after() <= own_ms + FRAME_MS
    line.say("it is bad")
    assert line.ends_after() > TurnSettings().endpoint_silence_ms.open, "and remembered in the next turn"


def test_a_search_for_the_next_word_is_no_pause_behind_the_last(line: Line) -> None:
    line.say("i need a")
    line.hear(900, speech=False)
    line.say("blood test")
    assert line.ends_after() == TurnSettings().endpoint_silence_ms.open


def test_a_callers_own_pauses_are_not_waited_for_without_bound() -> None:
    line = Line()
    line.say("my head is killing me")
    line.ends_after()
    line.hear(1100 - TurnSettings().endpoint_silence_ms.open, speech=False)
    line.say("since monday")
    assert line.ends_after() == TurnSettings().own_pauses_most_ms


def test_a_turn_taken_in_a_pause_teaches_patience(line: Line) -> None:
    line.say("my head is killing me")
    assert line.ends_after() == 700
    line.hear(200, speech=False)
    line.say("and my back")  # 900 ms after the last words, 200 ms after we took the turn
    assert line.ends_after() > 1000


def test_an_answer_is_an_answer_even_from_a_caller_who_pauses() -> None:
    line = Line(listen=Listen.NAME)
    line.say("my name is")
    line.hear(900, speech=False)
    line.turns.expect(Listen.YES_NO)
    line.say("yes")
    assert line.ends_after() == LOOK_MS


def test_a_click_in_the_silence_does_not_make_it_begin_anew(line: Line) -> None:
    line.say("my head is killing me")
    line.hear(200, speech=False)
    assert line.hear(60, speech=True) == []
    line.signals = []
    assert 260 + line.ends_after() == 700


def test_the_flushed_words_complete_the_utterance_with_its_true_times() -> None:
    line = Line(listen=Listen.YES_NO)
    line.hear(200, speech=False)
    line.hear(400, speech=True)
    line.hear(LOOK_MS, speech=False)
    words = (Word("yes", 210, 580, 0.8),)
    [ended] = line.turns.transcribed(Transcribed("yes", 700, final=True, words=words, utterance=1))
    assert isinstance(ended, UtteranceEnded)
    assert (ended.utterance.text, ended.utterance.started_ms, ended.utterance.ended_ms) == ("yes", 200, 600)
    assert ended.utterance.confidence == pytest.approx(0.8)


def test_finals_that_the_recogniser_cut_by_itself_are_joined(line: Line) -> None:
    line.hear(400, speech=True)
    line.turns.transcribed(Transcribed("my name is", 400, final=True))
    line.say("maria")
    line.ends_after()
    assert line.text() == "my name is maria"


def test_words_that_the_detector_missed_are_not_lost(line: Line) -> None:
    assert line.turns.transcribed(Transcribed("help me", 900)) == [SpeechBegan(900)]
    assert line.hear(LOOK_MS, speech=False) == [SpeechPaused(1)]


def test_words_too_soft_for_the_detector_keep_the_turn_open(line: Line) -> None:
    line.say("my head is killing me")
    line.hear(400, speech=False)
    assert line.turns.transcribed(Transcribed("and", line.at_ms)) == []
    assert line.hear(LOOK_MS, speech=False) == [SpeechPaused(2)]


def test_a_flush_that_never_answers_ends_without_words(line: Line) -> None:
    line.hear(400, speech=True)
    line.hear(LOOK_MS, speech=False)
    [ended] = line.hear(2000, speech=False)
    assert isinstance(ended, UtteranceEnded)
    assert ended.utterance.text == ""


def test_a_caller_who_never_pauses_is_answered_in_the_end() -> None:
    line = Line(TurnSettings(longest_utterance_ms=3000))
    assert [type(signal) for signal in line.hear(3400, speech=True)] == [SoundBegan, SpeechBegan, SpeechPaused]
    [ended] = line.turns.transcribed(Transcribed("and so on and", 3400, final=True, utterance=1))
    assert isinstance(ended, UtteranceEnded)


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
    line.say("")
    line.ends_after()
    assert line.hear(6900, speech=False) == []
