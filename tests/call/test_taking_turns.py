"""Each rule of turn-taking, as a transcript of the call.

What the caller does stands after `>>`, what the agent does about it after `<<`.
"""

from __future__ import annotations

import pytest
from playbook import Asked, Heard, Playbook, Rang, Said, SaidSomething, Saved, Says, replies, silence, speech

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.commands import (
    FinishUtterance,
    PauseSpeaking,
    ResumeSpeaking,
    Speculate,
    StopSpeaking,
)
from voice_agent.call.events import (
    CallConnected,
    DialogDelayed,
    SpeakingCut,
    Transcribed,
    Understood,
    Word,
)
from voice_agent.call.lines import Lines
from voice_agent.call.replies import Listen
from voice_agent.call.session import CallSession
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.triage.care_levels import CareLevel

TURNS = TurnSettings()


@pytest.fixture
def speaking(session: CallSession) -> Playbook:
    """The agent is saying its greeting."""
    return Playbook(session) >> CallConnected("CA1") << SaidSomething("Thank you for calling")


@pytest.fixture
def listening(speaking: Playbook) -> Playbook:
    """The greeting was heard; it is the caller's turn."""
    return speaking >> Heard()


def final(text: str, at_ms: int, utterance: int = 1, confidence: float = 0.95) -> Transcribed:
    words = tuple(Word(word, at_ms - 300, at_ms, confidence) for word in text.split())
    return Transcribed(text, at_ms, final=True, words=words, utterance=utterance)


class TestTheEndOfATurn:
    def test_a_yes_is_answered_after_the_shortest_look(self, listening: Playbook) -> None:
        listening >> Says("a checkup please") << Asked("a checkup please")
        listening >> replies("Is it for you?", listen=Listen.YES_NO) << Said("Is it for you?") >> Heard()
        (
            listening
            >> speech(400)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(2)
            >> final("yes", 9000, utterance=2)
            << Asked("yes")
        ).done()

    def test_half_a_sentence_is_waited_for(self, listening: Playbook) -> None:
        (
            listening
            >> speech(800)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("i would like a", 2000)
            >> silence(1000)
            >> speech(600)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(2)
            >> final("checkup for my knee", 4000, utterance=2)
            >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms)
            << Asked("i would like a checkup for my knee")
        ).done()

    def test_what_the_dialog_understands_is_not_waited_for(self, listening: Playbook) -> None:
        (
            listening
            >> speech(800)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("when are you open", 2000)
            >> Understood(1, "ask_hours", 0.97)
            >> silence(TURNS.likely_silence_ms.open - TURNS.look_after_ms)
            << Asked("when are you open")
        ).done()

    def test_what_the_dialog_hardly_understands_is(self, listening: Playbook) -> None:
        (
            listening
            >> speech(800)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("when are you open", 2000)
            >> Understood(1, "ask_hours", 0.4)
            >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms - FRAME_MS)
            >> silence(FRAME_MS)
            << Asked("when are you open")
        ).done()

    def test_a_wish_for_a_person_is_not_waited_for(self, listening: Playbook) -> None:
        (
            listening
            >> speech(800)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("can i speak to a person", 2000)
            << SaidSomething("person")
            << Rang(CareLevel.NURSE_WITHIN_HOUR)
        ).done()

    def test_while_the_silence_runs_the_words_are_looked_up(self, listening: Playbook) -> None:
        book = listening >> speech(800) >> silence(TURNS.look_after_ms) << FinishUtterance(1)
        book >> final("when are you open", 2000)
        assert book.everything[-1] == Speculate(1, "when are you open", None)
        assert "AskDialog" not in {type(command).__name__ for command in book.everything}


class TestOverAPrompt:
    def test_the_prompt_pauses_at_the_first_frame_and_a_click_lets_it_go_on(self, speaking: Playbook) -> None:
        (
            speaking
            >> speech(FRAME_MS)
            << PauseSpeaking()
            >> speech(40)
            >> silence(FRAME_MS)
            << ResumeSpeaking()
            >> silence(2000)
        ).done()

    def test_three_words_stop_it(self, speaking: Playbook) -> None:
        (
            speaking
            >> speech(400)
            << PauseSpeaking()
            >> Transcribed("i need", at_ms=1000)
            >> Transcribed("i need a", at_ms=1200)
            << StopSpeaking()
        ).done()

    def test_a_lone_word_is_known_only_at_its_end(self, speaking: Playbook) -> None:
        (
            speaking
            >> speech(300)
            << PauseSpeaking()
            >> Transcribed("appointment", at_ms=1000)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("appointment", 1200)
            << StopSpeaking()
            >> silence(TURNS.endpoint_silence_ms.open)
            << Asked("appointment")
        ).done()

    @pytest.mark.parametrize("words", ["", "mm hm", "okay", "uh huh", "um"])
    def test_a_cough_or_a_backchannel_lets_it_go_on(self, speaking: Playbook, words: str) -> None:
        (
            speaking
            >> speech(300)
            << PauseSpeaking()
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final(words, 1200)
            << ResumeSpeaking()
        ).done()

    def test_a_noise_that_sounds_like_a_word_lets_it_go_on(self, speaking: Playbook) -> None:
        (
            speaking
            >> speech(300)
            << PauseSpeaking()
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("her", 1200, confidence=0.4)
            << ResumeSpeaking()
        ).done()

    def test_our_own_echo_lets_it_go_on(self, speaking: Playbook) -> None:
        (
            speaking
            >> speech(600)
            << PauseSpeaking()
            >> Transcribed("you for calling", at_ms=1000)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("you for calling", 1200)
            << ResumeSpeaking()
        ).done()

    def test_how_much_of_a_sentence_was_heard_is_kept_to_the_word(self, speaking: Playbook) -> None:
        speaking >> speech(400) << PauseSpeaking() >> Transcribed("i need a refill", at_ms=1400) << StopSpeaking()
        book = speaking >> SpeakingCut(1, 1, heard_ms=1000, lasts_ms=2000, at_ms=1400)
        turn = book.done().summary.turns[1]
        assert (turn.text, turn.heard, turn.heard_words) == ("I am an automated assistant.", False, 3)


class TestOverASafetySentence:
    def test_nothing_but_distress_pauses_it(self, listening: Playbook) -> None:
        book = listening >> final("my chest hurts and my arm feels heavy", 3000)
        book << SaidSomething("9 1 1") << Rang(CareLevel.EMERGENCY_911)
        (
            book
            >> speech(600)
            >> Transcribed("what did you say", at_ms=5000)
            >> Transcribed("what help me please", at_ms=5200)
            << PauseSpeaking()
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("what help me please", 5400)
            >> silence(TURNS.own_pauses_most_ms)
            << ResumeSpeaking()
            << Saved()
        ).done()


class TestALongWait:
    def test_it_is_covered_again_and_again(self, listening: Playbook, lines: Lines) -> None:
        (
            listening
            >> Says("when are you open")
            << Asked("when are you open")
            >> DialogDelayed(1)
            << Said(*lines.filler)
            >> Heard()
            >> DialogDelayed(1, times=2)
            << Said(*lines.still_waiting)
            >> Heard()
            >> replies("We are open from eight to five.")
            << Said("We are open from eight to five.")
        ).done()


class TestARedFlagAcrossAPause:
    def test_it_is_heard_although_we_looked_in_the_middle_of_it(self, listening: Playbook) -> None:
        (
            listening
            >> speech(300)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("my chest", 2000)
            >> speech(300)
            >> Transcribed("hurts and my left arm", at_ms=2600)
            << SaidSomething("9 1 1")
            << Rang(CareLevel.EMERGENCY_911)
        ).done()

    def test_a_denial_is_not_cut_in_two(self, listening: Playbook) -> None:
        (
            listening
            >> speech(300)
            >> silence(TURNS.look_after_ms)
            << FinishUtterance(1)
            >> final("i do not have any", 2000)
            >> speech(300)
            >> Transcribed("chest pain", at_ms=2600)
        ).done()
