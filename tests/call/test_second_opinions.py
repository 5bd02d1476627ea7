"""A call with a second opinion on what words mean: it asks or brings a nurse, early or late, and takes nothing away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playbook import Asked, Heard, Judged, Playbook, Rang, Said, SaidSomething, Says, replies, silence, speech

from voice_agent.call.commands import FinishUtterance, JudgeMeaning, StopSpeaking, TransferToNurse
from voice_agent.call.events import CallConnected, CallerHungUp, DigitPressed, MeaningJudged, Transcribed
from voice_agent.call.held_flag import PATIENCE_MS
from voice_agent.call.lines import Lines
from voice_agent.call.second_opinions import SecondOpinions
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call.signals import Utterance
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.triage.second_opinion import Opinion, Thresholds

THRESHOLDS = Thresholds(ask=0.5, nurse=0.95, ask_crisis=0.5, nurse_crisis=0.95, name=0.7)
HARMLESS = Opinion(urgent=0.02, crisis=0.01, flag="stroke", flag_sure=0.9, crisis_flag="suicide")
NEAR = replace(HARMLESS, urgent=0.7)
VERY_NEAR = replace(HARMLESS, urgent=0.98)
DARK = replace(HARMLESS, urgent=0.9, crisis=0.7)
UNKNOWN = "everything has gone sort of sideways on me"
"""Words of which the rules say nothing."""
STROKE = "Did this start suddenly, or is there weakness on one side, a drooping face, or trouble speaking?"


@pytest.fixture
def session(lines: Lines, screen: RedFlagScreen) -> CallSession:
    return CallSession(SessionSettings(second_opinion=THRESHOLDS), lines, screen)


@pytest.fixture
def greeted(session: CallSession) -> Playbook:
    """The caller has heard the greeting."""
    return Playbook(session) >> CallConnected("CA1") << SaidSomething() >> Heard()


def judged(playbook: Playbook) -> list[str]:
    return [command.text for command in playbook.everything if isinstance(command, JudgeMeaning)]


def test_words_that_no_rule_knows_lead_to_a_question(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN, meaning=NEAR) << Said(STROKE)
    assert judged(greeted) == [UNKNOWN]
    greeted >> Heard() >> Says("yes it did") << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    flag = greeted.done().summary.red_flag
    assert flag is not None
    assert flag.flag == "stroke"
    assert UNKNOWN in [piece.words for piece in flag.evidence]


def test_a_no_goes_on_with_what_was_said(greeted: Playbook) -> None:
    (
        greeted >> Says(UNKNOWN, meaning=NEAR) << Said(STROKE) >> Heard() >> DigitPressed("2", 9000) << Asked(UNKNOWN)
    ).done()


def test_an_unclear_answer_goes_to_a_nurse(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN, meaning=NEAR) << Said(STROKE)
    greeted >> Heard() >> Says("it was a tuesday i believe") << SaidSomething(STROKE)
    greeted >> Heard() >> Says("it was a tuesday i believe") << SaidSomething() << Rang(CareLevel.NURSE_NOW)
    greeted.done()


def test_a_crisis_is_asked_about_gently(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN, meaning=DARK) << SaidSomething("thoughts of hurting yourself")
    greeted >> Heard() >> Says("yes i am") << SaidSomething("really glad that you told me") << Rang(CareLevel.NURSE_NOW)
    greeted.done()


def test_what_is_very_near_goes_to_a_nurse_at_once(greeted: Playbook) -> None:
    (
        greeted
        >> Says(UNKNOWN, meaning=VERY_NEAR)
        << SaidSomething("needs a nurse right away")
        << Rang(CareLevel.NURSE_NOW)
    )
    flag = greeted.done().summary.red_flag
    assert flag is not None
    assert flag.title == "Possible stroke, by meaning alone"


def test_harmless_words_go_to_the_dialog(greeted: Playbook) -> None:
    (greeted >> Says(UNKNOWN, meaning=HARMLESS) << Asked(UNKNOWN)).done()


def test_nobody_waits_for_it_and_it_asks_once_it_is_there(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN) << Asked(UNKNOWN) >> Judged(NEAR) << Said(STROKE)
    greeted >> replies("We open at eight.")  # to what was asked before: it no longer counts
    greeted >> Heard() >> Says("yes") << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    greeted.done()


def test_late_it_stops_what_is_being_said_and_comes_back_to_it(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN) << Asked(UNKNOWN) >> replies("On which day?") << Said("On which day?")
    greeted >> Judged(NEAR) << StopSpeaking() << Said(STROKE)
    greeted >> Heard() >> DigitPressed("2", 9000) << Said("On which day?")
    greeted.done()


def test_late_it_still_brings_a_nurse(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN) << Asked(UNKNOWN) >> replies("On which day?") << Said("On which day?")
    greeted >> Judged(VERY_NEAR) << StopSpeaking() << SaidSomething("nurse right away") << Rang(CareLevel.NURSE_NOW)
    greeted.done()


CRUSHED = "there is a crushing pain in my chest"
CHEST = "Is the chest pain heavy or tight, or does it spread, or come with sweating or trouble breathing?"


@pytest.fixture
def doubting(lines: Lines, screen: RedFlagScreen) -> Playbook:
    """A call whose second opinion may doubt what the rules raise."""
    how = SessionSettings(second_opinion=replace(THRESHOLDS, doubt=0.05, calm=0.1))
    return Playbook(CallSession(how, lines, screen)) >> CallConnected("CA1") << SaidSomething() >> Heard()


def test_a_red_flag_far_from_danger_by_its_meaning_is_asked_about(doubting: Playbook) -> None:
    doubting >> Says(CRUSHED, meaning=HARMLESS) << Said(CHEST)
    assert judged(doubting) == [CRUSHED]
    doubting >> Heard() >> Says("yes it is") << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    flag = doubting.done().summary.red_flag
    assert flag is not None
    assert flag.flag == "heart_attack"


def test_no_to_that_goes_on_with_what_was_said(doubting: Playbook) -> None:
    doubting >> Says(CRUSHED, meaning=HARMLESS) << Said(CHEST) >> Heard() >> DigitPressed("2", 9000) << Asked(CRUSHED)
    assert doubting.done().summary.red_flag is None


def test_a_red_flag_that_its_meaning_does_not_doubt_is_raised(doubting: Playbook) -> None:
    doubting >> Says(CRUSHED, meaning=NEAR) << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    doubting.done()


def test_a_red_flag_waits_for_its_second_opinion_no_longer_than_for_the_end_of_the_turn(doubting: Playbook) -> None:
    doubting >> Says(CRUSHED) << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    doubting.done()


def test_nor_longer_than_a_moment_while_the_caller_talks_on(doubting: Playbook) -> None:
    at_ms = doubting.at_ms
    doubting >> Transcribed(CRUSHED + " and it goes on", at_ms)
    assert not doubting.done().summary.red_flag
    doubting >> speech(PATIENCE_MS + 20) << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    doubting.done()


def test_a_caller_who_hangs_up_meanwhile_is_remembered_with_the_red_flag(doubting: Playbook) -> None:
    doubting >> Transcribed(CRUSHED + " and it goes on", doubting.at_ms) >> CallerHungUp(doubting.at_ms)
    assert any(isinstance(command, TransferToNurse) for command in doubting.everything)


def test_a_second_red_flag_is_not_doubted_once_it_was_asked_about(doubting: Playbook) -> None:
    doubting >> Says(CRUSHED, meaning=HARMLESS) << Said(CHEST) >> Heard() >> DigitPressed("2", 9000) << Asked(CRUSHED)
    doubting >> replies("What else?") << Said("What else?") >> Heard()
    again = "i said there is a crushing pain in my chest"
    doubting >> Says(again, meaning=HARMLESS) << SaidSomething("trouble breathing") >> Heard()
    doubting >> DigitPressed("2", 19000) << Asked(again) >> replies("What else?") << Said("What else?") >> Heard()
    third = "please there is a crushing pain in my chest"
    doubting >> Says(third, meaning=HARMLESS) << SaidSomething("may be an emergency")
    (doubting << Rang(CareLevel.EMERGENCY_911)).done()


def test_a_weak_word_far_from_danger_goes_to_the_dialog(doubting: Playbook) -> None:
    weak = "it is a terrible thing"
    doubting >> silence(20) >> Says(weak, meaning=HARMLESS)
    (doubting << Asked(weak)).done()


def test_a_weak_word_is_asked_about_while_its_meaning_is_not_known(doubting: Playbook) -> None:
    (doubting >> Says("it is a terrible thing") << SaidSomething("trouble breathing")).done()


def test_what_the_rules_raise_stands_without_a_threshold_of_doubt(greeted: Playbook) -> None:
    text = "there is a crushing pain in my chest"
    greeted >> Says(text, meaning=HARMLESS) << SaidSomething("may be an emergency") << Rang(CareLevel.EMERGENCY_911)
    greeted >> MeaningJudged(1, VERY_NEAR)
    flag = greeted.done().summary.red_flag
    assert flag is not None
    assert (flag.flag, flag.care_level) == ("heart_attack", CareLevel.EMERGENCY_911)


def test_what_the_rules_ask_stands(greeted: Playbook) -> None:
    text = "my baby has a fever"
    greeted >> Says(text, meaning=HARMLESS) << Said("Is the baby younger than three months?")
    greeted.done()


def test_where_the_rules_only_ask_it_may_bring_a_nurse_at_once(greeted: Playbook) -> None:
    greeted >> Says("my baby has a fever", meaning=VERY_NEAR)
    (greeted << SaidSomething("needs a nurse right away") << Rang(CareLevel.NURSE_NOW)).done()


def test_and_also_over_the_question_when_it_comes_late(greeted: Playbook) -> None:
    greeted >> Says("my baby has a fever") << Said("Is the baby younger than three months?")
    greeted >> Judged(VERY_NEAR) << StopSpeaking() << SaidSomething("nurse right away") << Rang(CareLevel.NURSE_NOW)
    greeted.done()


def test_a_wish_that_is_granted_keeps_nobody_from_a_nurse_at_once(greeted: Playbook) -> None:
    text = "let me talk to a person everything has gone sideways"
    greeted >> Says(text, meaning=VERY_NEAR) << SaidSomething() << Rang(CareLevel.NURSE_WITHIN_HOUR)
    greeted << StopSpeaking() << SaidSomething("needs a nurse right away")
    greeted.done()


def test_a_question_is_put_once_in_a_call(greeted: Playbook) -> None:
    greeted >> Says(UNKNOWN, meaning=NEAR) << Said(STROKE) >> Heard() >> DigitPressed("2", 9000) << Asked(UNKNOWN)
    greeted >> replies("What else?") << Said("What else?") >> Heard()
    again = "and now it has all gone the other way round"
    greeted >> Says(again, meaning=NEAR) << SaidSomething("trouble breathing") >> Heard() >> DigitPressed("2", 19000)
    greeted << Asked(again) >> replies("What else?") << Said("What else?") >> Heard()
    third = "well it keeps on turning about like that"
    (greeted >> Says(third, meaning=NEAR) << Asked(third)).done()


def test_few_words_and_the_same_words_are_not_judged_again(greeted: Playbook) -> None:
    greeted >> Says("next tuesday") << Asked("next tuesday") >> replies("When?") << Said("When?") >> Heard()
    for _ in range(2):
        greeted >> Says(UNKNOWN, meaning=HARMLESS) << Asked(UNKNOWN) >> replies("When?") << Said("When?") >> Heard()
    assert judged(greeted) == [UNKNOWN]


def test_words_are_judged_before_the_turn_is_over(greeted: Playbook) -> None:
    """The look into a short silence has the words; the turn ends later."""
    greeted >> silence(20)
    greeted.at_ms += 800
    greeted >> Says(UNKNOWN, meaning=NEAR)
    kinds = [type(command) for command in greeted.everything]
    assert kinds.index(FinishUtterance) < kinds.index(JudgeMeaning)
    greeted << Said(STROKE)
    assert kinds.index(JudgeMeaning) < len(kinds) - 1


def test_without_it_nothing_is_judged(lines: Lines, screen: RedFlagScreen) -> None:
    playbook = (
        Playbook(CallSession(SessionSettings(), lines, screen)) >> CallConnected("CA1") << SaidSomething() >> Heard()
    )
    playbook >> Says(UNKNOWN) << Asked(UNKNOWN)
    playbook >> MeaningJudged(1, VERY_NEAR)
    playbook.done()
    assert judged(playbook) == []


def test_an_opinion_on_words_long_forgotten_is_let_go() -> None:
    opinions = SecondOpinions(THRESHOLDS)
    first = opinions.ask("one of many many texts")
    assert first is not None
    for number in range(10):
        assert opinions.ask(f"text number {number} of ten")
    assert opinions.judged(MeaningJudged(first.request, VERY_NEAR)) is None
    assert opinions.of(Utterance("one of many many texts", 0, 100)) is None


def test_events_and_partials_alone_ask_for_no_opinion(greeted: Playbook) -> None:
    greeted >> Transcribed(UNKNOWN, 4000)
    assert judged(greeted) == []
