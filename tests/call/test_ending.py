"""How a call without a nurse ends: whether the caller is asked to rate it, and what is made of the answer."""

from __future__ import annotations

import pytest
from playbook import Asked, Heard, Left, Playbook, Rang, Said, SaidSomething, Says, replies, silence

from voice_agent.call.commands import NextStep, StopSpeaking
from voice_agent.call.ending import declined, rating_in
from voice_agent.call.events import CallConnected, CallerHungUp, DigitPressed
from voice_agent.call.handoff import Disposition
from voice_agent.call.lines import Lines
from voice_agent.call.replies import ReplyAction
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen

HOURS = "We are open from 8 to 5."


def answered_once(lines: Lines, screen: RedFlagScreen, *, ask_rating: bool = True) -> Playbook:
    """A caller whose question was answered."""
    session = CallSession(SessionSettings(ask_rating=ask_rating), lines, screen)
    return (
        Playbook(session)
        >> CallConnected("CA1", "+15550199")
        << SaidSomething("automated assistant")
        >> Heard()
        >> Says("when are you open")
        << Asked("when are you open")
        >> replies(HOURS, outcome="self_served")
        << Said(HOURS)
        >> Heard()
    )


@pytest.fixture
def asked(lines: Lines, screen: RedFlagScreen) -> Playbook:
    """Who has had an answer, said goodbye, and was asked to rate the call."""
    return answered_once(lines, screen) >> Says("goodbye") << Said(*lines.rating_question) >> Heard()


def over(playbook: Playbook) -> CallSession:
    """Goodbye is heard to its end, and the line is let go."""
    return (playbook >> Heard() << Left(NextStep.HANG_UP, Disposition.SELF_SERVED)).done()


def test_it_is_not_asked_unless_it_is_switched_on(lines: Lines, screen: RedFlagScreen) -> None:
    over(answered_once(lines, screen, ask_rating=False) >> Says("goodbye") << Said(*lines.goodbye))


def test_a_key_is_a_rating(asked: Playbook, lines: Lines) -> None:
    session = over(asked >> DigitPressed("4", asked.at_ms) << Said(*lines.rating_thanks, *lines.goodbye))
    assert session.summary.rating == 4


def test_a_key_over_the_question_is_one_too(lines: Lines, screen: RedFlagScreen) -> None:
    playbook = answered_once(lines, screen) >> Says("goodbye") << Said(*lines.rating_question)
    playbook = playbook >> DigitPressed("1", playbook.at_ms) << StopSpeaking()
    assert over(playbook << Said(*lines.rating_thanks, *lines.goodbye)).summary.rating == 1


def test_so_is_a_word(asked: Playbook, lines: Lines) -> None:
    session = over(asked >> Says("i'd give it a five") << Said(*lines.rating_thanks, *lines.goodbye))
    assert session.summary.rating == 5


def test_who_would_rather_not_is_let_go(asked: Playbook, lines: Lines) -> None:
    session = over(asked >> Says("no thank you") << Said(*lines.rating_thanks, *lines.goodbye))
    assert session.summary.rating is None


def test_silence_is_goodbye_and_never_a_person(asked: Playbook, lines: Lines) -> None:
    assert over(asked >> silence(7000) << Said(*lines.goodbye)).summary.rating is None


def test_goodbye_again_is_goodbye(asked: Playbook, lines: Lines) -> None:
    over(asked >> Says("goodbye") << Said(*lines.goodbye))


def test_who_hangs_up_at_the_question_was_served_all_the_same(asked: Playbook) -> None:
    session = (asked >> CallerHungUp(asked.at_ms)).done()
    assert session.summary.disposition is Disposition.SELF_SERVED


def test_other_words_go_on_as_if_it_had_not_been_asked_and_it_is_asked_once(asked: Playbook, lines: Lines) -> None:
    over(
        asked
        >> Says("oh and i need a refill")
        << Asked("oh and i need a refill")
        >> replies("I have noted it.")
        << Said("I have noted it.")
        >> Heard()
        >> Says("goodbye")
        << Said(*lines.goodbye)
    )


def test_words_without_a_meaning_lead_to_the_first_question_not_back_to_ours(asked: Playbook, lines: Lines) -> None:
    (
        asked
        >> Says("the green one")
        << Asked("the green one")
        >> replies(do=ReplyAction.NO_MATCH)
        << Said(*lines.no_match[0], lines.first_question[-1])
    )


def test_another_key_is_not_understood_and_zero_is_a_person(asked: Playbook, lines: Lines) -> None:
    playbook = asked >> DigitPressed("9", asked.at_ms) << Said(*lines.no_match[0], lines.rating_question[-1])
    (
        playbook
        >> Heard()
        >> DigitPressed("0", playbook.at_ms)
        << Said(*lines.to_person)
        << Rang(CareLevel.NURSE_WITHIN_HOUR)
    )


def test_a_red_flag_in_place_of_a_rating_is_a_red_flag(asked: Playbook) -> None:
    asked >> Says("i have crushing chest pain") << SaidSomething("9 1 1") << Rang(CareLevel.EMERGENCY_911)


def test_who_asked_a_nurse_for_anything_is_not_asked(asked: Playbook, lines: Lines) -> None:
    (
        asked
        >> Says("i want to speak to a nurse")
        << Said(*lines.to_person)
        << Rang(CareLevel.NURSE_WITHIN_HOUR)
        >> Heard()
        << Left(NextStep.CONFERENCE, Disposition.NURSE_TRANSFERRED)
    )


def test_nobody_is_asked_who_spoke_of_a_symptom(lines: Lines, screen: RedFlagScreen) -> None:
    playbook = (
        answered_once(lines, screen)
        >> Says("my knee is a bit sore")
        << Asked("my knee is a bit sore")
        >> replies("Rest it.", learned={"symptom": "knee pain"}, outcome="self_served")
        << Said("Rest it.")
        >> Heard()
    )
    over(playbook >> Says("goodbye") << Said(*lines.goodbye))


def test_nobody_is_asked_of_whom_an_emergency_was_thought_and_cleared(lines: Lines, screen: RedFlagScreen) -> None:
    playbook = (
        answered_once(lines, screen)
        >> Says("i have a bad headache and a fever")
        << SaidSomething("?")
        >> Heard()
        >> Says("no")
        << Asked("i have a bad headache and a fever")
        >> replies("All right.")
        << Said("All right.")
        >> Heard()
    )
    over(playbook >> Says("goodbye") << Said(*lines.goodbye))


def test_nobody_is_asked_for_whom_nothing_was_done(lines: Lines, screen: RedFlagScreen) -> None:
    session = CallSession(SessionSettings(ask_rating=True), lines, screen)
    playbook = Playbook(session) >> CallConnected("CA1") << SaidSomething("automated assistant") >> Heard()
    over(playbook >> Says("goodbye") << Said(*lines.goodbye))


def test_the_dialogs_goodbye_asks_too(lines: Lines, screen: RedFlagScreen) -> None:
    playbook = answered_once(lines, screen) >> Says("that is all i wanted") << Asked("that is all i wanted")
    playbook = playbook >> replies(do=ReplyAction.HANG_UP) << Said(*lines.rating_question) >> Heard()
    over(playbook >> Says("three") << Said(*lines.rating_thanks, *lines.goodbye))


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("five", 5),
        ("a four", 4),
        ("four out of five", 4),
        ("I'd say it was a 2", 2),
        ("three stars please", 3),
        ("for", 4),
        ("to", 2),
        ("one thank you", 1),
        ("five out of five", 5),
        ("six", None),
        ("0", None),
        ("ten out of ten", None),
        ("four or five", None),
        ("i have two more questions", None),
        ("it hurts", None),
        ("", None),
    ],
)
def test_a_rating_is_one_number_and_words_around_it(text: str, rating: int | None) -> None:
    assert rating_in(text) == rating


@pytest.mark.parametrize(
    ("text", "no"),
    [
        ("no", True),
        ("no thanks", True),
        ("not sure", True),
        ("no i still need to book an appointment", False),
        ("yes", False),
        ("my arm is numb", False),
    ],
)
def test_a_short_no_declines(text: str, no: bool) -> None:
    assert declined(text) is no
