"""A call that two ears hear, as a transcript.

The second ear hears an utterance in the silence after it. What the agent does about both hearings stands after `<<`.
"""

from __future__ import annotations

import pytest
from playbook import Asked, Heard, Playbook, Rang, Said, SaidSomething, Says, SecondEar, replies, silence, speech

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.commands import (
    AskDialog,
    AwaitSecondEar,
    FinishUtterance,
    HearAgain,
    PauseSpeaking,
    ResumeSpeaking,
    StopSpeaking,
)
from voice_agent.call.events import CallConnected, Transcribed
from voice_agent.call.lines import Lines
from voice_agent.call.listening_again import Weight
from voice_agent.call.replies import Listen
from voice_agent.call.second_listening import SecondEarSettings, TwoEars
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen

TURNS = TurnSettings()
EAR = SecondEarSettings()


@pytest.fixture
def listening(lines: Lines, screen: RedFlagScreen) -> Playbook:
    """The greeting was heard; it is the caller's turn, and two ears hear it."""
    session = CallSession(SessionSettings(second_ear=TwoEars()), lines, screen)
    return Playbook(session) >> CallConnected("CA1") << SaidSomething("Thank you for calling") >> Heard()


def orders(playbook: Playbook) -> list[HearAgain]:
    """What the second ear was asked, from the beginning of the call."""
    return [command for command in playbook.everything if isinstance(command, HearAgain)]


def look(playbook: Playbook, text: str, utterance: int, sure: float = 0.9) -> Playbook:
    """The caller has said this, and the silence after it begins."""
    playbook >> speech(800) >> silence(TURNS.look_after_ms) << FinishUtterance(utterance)
    words = tuple(word for word in text.split())
    return playbook >> Transcribed(text if words else "", playbook.at_ms, final=True, utterance=utterance)


class TestWhenItIsAsked:
    def test_in_the_silence_that_may_be_the_end(self, listening: Playbook) -> None:
        playbook = look(listening, "when are you open", 1)
        assert orders(playbook) == []
        playbook >> silence(TURNS.endpoint_silence_ms.open - EAR.lead_ms - TURNS.look_after_ms + FRAME_MS)
        [order] = orders(playbook)
        assert (order.utterance, order.listen, order.weight) == (1, Listen.OPEN, Weight.OPEN)

    def test_of_all_that_was_said_since_the_last_turn(self, listening: Playbook) -> None:
        look(listening, "i have had a", 1) >> silence(1000)
        look(listening, "cough for a week", 2) >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms)
        listening >> SecondEar("i have had a cough for a week") << Asked("i have had a cough for a week")
        began, again = orders(listening)
        assert began.from_ms == again.from_ms < 500

    def test_not_while_the_caller_makes_short_pauses(self, listening: Playbook) -> None:
        for place, word in enumerate(("i", "would", "like", "a")):
            look(listening, word, place + 1) >> silence(100)
        assert orders(listening) == []

    def test_about_an_administrative_answer_it_matters_least(self, listening: Playbook) -> None:
        listening >> Says("an appointment", second="an appointment") << Asked("an appointment")
        listening >> replies("Which day?", listen=Listen.DATE) << Said("Which day?") >> Heard()
        listening >> Says("monday", second="monday") << Asked("monday")
        assert [order.weight for order in orders(listening)] == [Weight.OPEN, Weight.ADMINISTRATIVE]

    def test_about_a_symptom_it_matters_most(self, listening: Playbook) -> None:
        (
            listening
            >> Says("i had a fever last year", second="i had a fever last year")
            << Asked("i had a fever last year")
        )
        listening >> replies("Since when?", listen=Listen.DATE, learned={"symptom": "fever"})
        listening << Said("Since when?") >> Heard()
        listening >> Says("monday", second="monday") << Asked("monday")
        assert [order.weight for order in orders(listening)] == [Weight.TRIAGE, Weight.TRIAGE]


class TestWhatIsBelieved:
    def test_both_agree(self, listening: Playbook) -> None:
        (
            listening
            >> Says("what are your opening hours", second="what are your opening hours")
            << Asked("what are your opening hours")
        ).done()
        [turn] = [turn for turn in listening.session.summary.turns if turn.speaker == "caller"]
        assert (turn.first_ear, turn.second_ear) == ("what are your opening hours",) * 2

    def test_the_second_ear_hears_open_speech_better(self, listening: Playbook) -> None:
        (
            listening
            >> Says("when are the open", second="when are you open on friday", sure=0.4)
            << Asked("when are you open on friday")
        ).done()
        [turn] = [turn for turn in listening.session.summary.turns if turn.speaker == "caller"]
        assert (turn.first_ear, turn.second_ear) == ("when are the open", "when are you open on friday")

    def test_words_that_only_the_second_ear_has_are_an_utterance(self, listening: Playbook) -> None:
        (listening >> Says("", second="i need to cancel") << Asked("i need to cancel")).done()

    def test_better_words_that_plainly_go_on_are_waited_for(self, listening: Playbook) -> None:
        playbook = look(listening, "mine aim", 1) >> silence(TURNS.endpoint_silence_ms.open - EAR.lead_ms)
        playbook >> SecondEar("my name is") >> silence(TURNS.endpoint_silence_ms.open)
        look(playbook, "john", 2) >> silence(TURNS.endpoint_silence_ms.open - EAR.lead_ms)
        playbook >> SecondEar("my name is john miller") >> silence(TURNS.own_pauses_most_ms)
        (playbook << Asked("my name is john miller")).done()

    def test_without_a_second_ear_nothing_is_asked(self, lines: Lines, screen: RedFlagScreen) -> None:
        session = CallSession(SessionSettings(), lines, screen)
        playbook = Playbook(session) >> CallConnected("CA1") << SaidSomething() >> Heard()
        (playbook >> Says("when are you open") << Asked("when are you open")).done()
        assert orders(playbook) == []
        [turn] = [turn for turn in session.summary.turns if turn.speaker == "caller"]
        assert (turn.first_ear, turn.second_ear) == (None, None)


class TestWaiting:
    def test_the_turn_waits_a_little_past_its_end(self, listening: Playbook) -> None:
        playbook = look(listening, "when are you open", 1)
        playbook >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms)
        assert AwaitSecondEar(1) in playbook.everything
        (playbook >> silence(100) >> SecondEar("when are you open") << Asked("when are you open")).done()

    def test_and_no_longer(self, listening: Playbook) -> None:
        playbook = look(listening, "when are you open", 1)
        playbook >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms)
        playbook >> silence(EAR.wait_ms - 40)
        (playbook >> silence(60) << Asked("when are you open")).done()

    def test_an_answer_that_is_certain_does_not_wait(self, listening: Playbook) -> None:
        listening >> Says("a checkup", second="a checkup") << Asked("a checkup")
        listening >> replies("Is it for you?", listen=Listen.YES_NO) << Said("Is it for you?") >> Heard()
        (listening >> Says("yes", ms=400, sure=1.0) << Asked("yes")).done()
        assert AwaitSecondEar(2) not in listening.everything
        assert [order.utterance for order in orders(listening)] == [1, 2]

    def test_one_that_is_not_does(self, listening: Playbook) -> None:
        listening >> Says("a checkup", second="a checkup") << Asked("a checkup")
        listening >> replies("Is it for you?", listen=Listen.YES_NO) << Said("Is it for you?") >> Heard()
        listening >> Says("yes", ms=400, sure=0.6) << Asked("yes")
        assert AwaitSecondEar(2) in listening.everything

    def test_one_that_was_shed_is_not_waited_for(self, listening: Playbook) -> None:
        playbook = look(listening, "when are you open", 1)
        playbook >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms)
        (playbook >> SecondEar(None) << Asked("when are you open")).done()

    def test_a_dead_second_ear_costs_no_time(self, listening: Playbook) -> None:
        playbook = look(listening, "when are you open", 1) >> silence(300) >> SecondEar(None)
        playbook >> silence(TURNS.endpoint_silence_ms.open - TURNS.look_after_ms - 320)
        (playbook >> silence(20) << Asked("when are you open")).done()
        assert not any(isinstance(command, AwaitSecondEar) for command in playbook.everything)

    def test_a_caller_who_goes_on_is_heard_again_as_a_whole(self, listening: Playbook) -> None:
        playbook = look(listening, "i need an appointment", 1) >> silence(400)
        look(playbook, "for my knee", 2) >> SecondEar("i need an appointment") >> silence(300)
        assert [order.utterance for order in orders(playbook)] == [1, 2]
        playbook >> SecondEar("i need an appointment for my knee") >> silence(TURNS.own_pauses_most_ms)
        (playbook << Asked("i need an appointment for my knee")).done()


class TestRedFlags:
    def test_one_that_only_the_second_ear_hears_is_raised(self, listening: Playbook) -> None:
        (
            listening
            >> Says("may guest hers so bad", second="my chest hurts and i can't breathe", sure=0.5)
            << SaidSomething()
            << Rang(CareLevel.EMERGENCY_911)
        )
        assert listening.session.summary.red_flag is not None

    def test_one_that_only_the_first_ear_hears_is_raised(self, listening: Playbook) -> None:
        (
            listening
            >> Says("my chest hurts and i can't breathe", second="might just hurts and i can")
            << SaidSomething()
            << Rang(CareLevel.EMERGENCY_911)
        )

    def test_one_that_comes_late_is_raised_while_the_dialog_thinks(self, listening: Playbook) -> None:
        playbook = listening >> Says("may guest hers so bad") << Asked("may guest hers so bad")
        playbook >> SecondEar("my chest hurts and i can't breathe") << SaidSomething() << Rang(CareLevel.EMERGENCY_911)

    def test_and_while_the_answer_is_being_said(self, listening: Playbook) -> None:
        playbook = listening >> Says("may guest hers so bad") << Asked("may guest hers so bad")
        playbook >> replies("A guest?") << Said("A guest?")
        (
            playbook
            >> SecondEar("my chest hurts and i can't breathe")
            << StopSpeaking()
            << SaidSomething()
            << Rang(CareLevel.EMERGENCY_911)
        )

    def test_one_behind_a_certain_yes_is_raised(self, listening: Playbook) -> None:
        listening >> Says("a checkup", second="a checkup") << Asked("a checkup")
        listening >> replies("Is it for you?", listen=Listen.YES_NO) << Said("Is it for you?") >> Heard()
        listening >> Says("yes", ms=1800, sure=1.0) << Asked("yes")
        listening >> SecondEar("yes and my chest hurts and i can't breathe") << SaidSomething()
        listening << Rang(CareLevel.EMERGENCY_911)

    def test_half_of_a_sentence_raises_nothing_that_its_end_may_deny(self, listening: Playbook) -> None:
        playbook = look(listening, "the train", 1) >> silence(400)
        look(playbook, "is late", 2) >> SecondEar("i have chest pain") >> silence(100)
        assert playbook.session.summary.red_flag is None

    def test_a_question_that_only_the_second_ear_calls_for_is_put_first(self, listening: Playbook) -> None:
        listening >> Says("i am out of debt", second="i am out of breath", sure=0.5) << SaidSomething("hard to breathe")

    def test_and_put_late_when_the_hearing_is_late(self, listening: Playbook) -> None:
        playbook = listening >> Says("i am out of debt") << Asked("i am out of debt")
        playbook >> replies("Which day?", listen=Listen.DATE) << Said("Which day?") >> Heard()
        playbook >> SecondEar("i am out of breath") << SaidSomething("hard to breathe") >> Heard()
        playbook >> Says("no", ms=400, second="no") << Said("Which day?") >> Heard()
        (playbook >> Says("monday", second="monday") << Asked("monday")).done()

    def test_a_no_to_it_is_checked_by_the_second_ear(self, listening: Playbook) -> None:
        listening >> Says("i am out of breath", second="i am out of breath") << SaidSomething("hard to breathe")
        listening >> Heard() >> Says("no", ms=400, sure=1.0, second="yes") << SaidSomething()
        listening << Rang(CareLevel.EMERGENCY_911)

    def test_and_a_yes_counts_even_when_it_comes_late(self, listening: Playbook) -> None:
        listening >> Says("i am out of breath", second="i am out of breath") << SaidSomething("hard to breathe")
        listening >> Heard() >> Says("no", ms=400) << Asked("i am out of breath")
        listening >> SecondEar("yes it is") << SaidSomething() << Rang(CareLevel.EMERGENCY_911)

    def test_a_yes_to_it_waits_for_nothing(self, listening: Playbook) -> None:
        listening >> Says("i am out of breath", second="i am out of breath") << SaidSomething("hard to breathe")
        listening >> Heard() >> Says("yes", ms=400, sure=1.0) << SaidSomething() << Rang(CareLevel.EMERGENCY_911)
        assert AwaitSecondEar(2) not in listening.everything


class TestOverAPrompt:
    @pytest.fixture
    def speaking(self, listening: Playbook) -> Playbook:
        """The agent answers."""
        listening >> Says("when are you open", second="when are you open") << Asked("when are you open")
        return listening >> replies("From eight to five.", "Anything else?") << SaidSomething("From eight")

    def over(self, speaking: Playbook, text: str, sure: float) -> Playbook:
        """The caller says this over the prompt, and the recogniser believes it so much."""
        playbook = speaking >> speech(800) << PauseSpeaking()
        return playbook >> Says(text, ms=20, sure=sure)

    def test_a_noise_lets_the_prompt_go_on_at_once(self, speaking: Playbook) -> None:
        playbook = self.over(speaking, "the", 0.3) << ResumeSpeaking()
        assert AwaitSecondEar(2) not in playbook.everything
        (playbook >> SecondEar("")).done()

    def test_words_that_passed_for_a_noise_are_heard_after_all(self, speaking: Playbook) -> None:
        playbook = self.over(speaking, "the", 0.3) << ResumeSpeaking()
        (playbook >> SecondEar("what about saturday") << StopSpeaking() << Asked("what about saturday")).done()

    def test_an_mm_hm_stays_one(self, speaking: Playbook) -> None:
        playbook = self.over(speaking, "the", 0.3) << ResumeSpeaking()
        (playbook >> SecondEar("mm hm")).done()


def test_only_the_agreed_words_go_to_the_dialog(listening: Playbook) -> None:
    listening >> Says("when are the open", second="when are you open", sure=0.4) << Asked("when are you open")
    assert [command.message for command in listening.everything if isinstance(command, AskDialog)] == [
        "when are you open"
    ]


class TestWhoIsHeard:
    """What an ear was right about counts for the same caller's next words."""

    DOUBTFUL = Says("tell the man", sure=0.95, second=SecondEar("tomorrow then", 0.8, ahead=3.0))
    PLAIN = Says("any to sea a doctor", sure=0.7, second=SecondEar("i need to see a doctor", 0.95, ahead=8.0))

    def test_a_caller_whom_the_second_ear_understood_goes_on_being_understood_by_it(self, listening: Playbook) -> None:
        listening >> self.PLAIN << Asked("i need to see a doctor")
        for _ in range(2):
            listening >> replies("What for?") << Said("What for?") >> Heard()
            listening >> self.PLAIN << Asked("i need to see a doctor")
        listening >> replies("Which day?") << Said("Which day?") >> Heard()
        listening >> self.DOUBTFUL << Asked("tomorrow then")

    def test_of_a_caller_of_whom_nothing_is_known_vosk_is_believed_in_doubt(self, listening: Playbook) -> None:
        listening >> self.DOUBTFUL << Asked("tell the man")
