"""How soon we fall silent, and how it ended."""

from __future__ import annotations

import pytest

from voice_agent.call.commands import PauseSpeaking, Prompt, ResumeSpeaking, Speak, StopSpeaking
from voice_agent.call.events import DialogReplied, DigitPressed, Listened, PromptFinished, Transcribed, Word
from voice_agent.call.interruption_times import InterruptionClock
from voice_agent.call.measurements import Interruption, Outcome
from voice_agent.call.replies import DialogReply

SPEAK = Speak(Prompt(2, ("Words.",)))


@pytest.fixture
def clock() -> InterruptionClock:
    """A prompt is being said; the caller begins to make a sound at 1,000."""
    clock = InterruptionClock()
    clock.happened(PromptFinished(1, 0), [SPEAK], 0)
    clock.happened(Listened(980, False), [], 980)
    for at_ms in range(1020, 1100, 20):
        clock.happened(Listened(at_ms, True), [], at_ms)
    return clock


def test_a_word_takes_the_floor(clock: InterruptionClock) -> None:
    assert clock.happened(Listened(1100, True), [PauseSpeaking()], 1104) == []
    found = clock.happened(Transcribed("stop", 1300), [StopSpeaking()], 1310)
    assert found == [Interruption(Outcome.YIELDED, onset_ms=1000, silent_ms=1104)]
    assert found[0].barge_in_ms == 104


def test_a_cough_lets_the_prompt_go_on(clock: InterruptionClock) -> None:
    clock.happened(Listened(1100, True), [PauseSpeaking()], 1104)
    found = clock.happened(Transcribed("", 1400, final=True, utterance=1), [ResumeSpeaking()], 1400)
    assert found == [Interruption(Outcome.RESUMED, 1000, 1104)]


def test_a_prompt_that_ended_while_it_was_paused(clock: InterruptionClock) -> None:
    clock.happened(Listened(1100, True), [PauseSpeaking()], 1104)
    assert clock.happened(Transcribed("yes", 1400, final=True), [SPEAK], 1500) == [
        Interruption(Outcome.OVER, 1000, 1104)
    ]


def test_the_end_of_the_call_ends_it(clock: InterruptionClock) -> None:
    assert clock.ended() == []
    clock.happened(Listened(1100, True), [PauseSpeaking()], 1104)
    assert [found.outcome for found in clock.ended()] == [Outcome.OVER]


def test_words_that_no_pause_came_before(clock: InterruptionClock) -> None:
    word = Word("stop", 1050, 1200, 1.0)
    found = clock.happened(Transcribed("stop", 1300, final=True, words=(word,)), [StopSpeaking()], 1310)
    assert found == [Interruption(Outcome.YIELDED, 1050, 1310)]


def test_a_key_has_no_onset(clock: InterruptionClock) -> None:
    (found,) = clock.happened(DigitPressed("1", 1300), [StopSpeaking()], 1310)
    assert (found.outcome, found.barge_in_ms) == (Outcome.YIELDED, None)


def test_what_the_dialog_stops_is_no_interruption(clock: InterruptionClock) -> None:
    assert clock.happened(DialogReplied(1, DialogReply()), [StopSpeaking(), SPEAK], 1310) == []


def test_who_was_speaking_when_we_began_interrupts_from_then_on(clock: InterruptionClock) -> None:
    clock.happened(DialogReplied(1, DialogReply()), [SPEAK], 1200)
    (found,) = clock.happened(Transcribed("and", 1300), [StopSpeaking()], 1330)
    assert found.barge_in_ms == 130
