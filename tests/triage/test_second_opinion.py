"""What an opinion by meaning may do, and what never."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.raised import Evidence
from voice_agent.triage.red_flags import RedFlagScreen, Screening
from voice_agent.triage.screen_lines import screen_line
from voice_agent.triage.second_opinion import Opinion, Thresholds, added, doubted, second_opinion

THRESHOLDS = Thresholds(ask=0.4, nurse=0.9, ask_crisis=0.5, nurse_crisis=0.95, name=0.7)
NOTHING = Opinion(urgent=0.1, crisis=0.05, flag="stroke", flag_sure=0.9, crisis_flag="suicide")
UNKNOWN = "everything has gone sort of sideways on me"
"""Words of which the rules say nothing."""
SAID = Evidence(UNKNOWN)


@dataclass
class Says:
    """A judge who always says the same."""

    said: Opinion
    thresholds: Thresholds = THRESHOLDS
    asked: list[str] = field(default_factory=list)

    def opinion(self, text: str) -> Opinion:
        self.asked.append(text)
        return self.said


def test_below_every_threshold_nothing_happens(screen: RedFlagScreen) -> None:
    second = second_opinion(screen, NOTHING, THRESHOLDS, SAID)
    assert second.raised is None
    assert second.ask is None


def test_a_likeness_puts_the_question_of_the_flag_when_it_is_sure_of_it(screen: RedFlagScreen) -> None:
    ask = second_opinion(screen, replace(NOTHING, urgent=0.6), THRESHOLDS, SAID).ask
    assert ask is not None
    assert (ask.id, ask.flag) == ("stroke.signs", "stroke")
    assert [piece.words for piece in ask.evidence] == [UNKNOWN]


def test_else_it_puts_the_question_that_suits_any_emergency(screen: RedFlagScreen) -> None:
    ask = second_opinion(screen, replace(NOTHING, urgent=0.6, flag_sure=0.3), THRESHOLDS, SAID).ask
    assert ask is not None
    assert ask.flag == "emergency_unnamed"


def test_a_question_is_put_once(screen: RedFlagScreen) -> None:
    unsure = replace(NOTHING, urgent=0.6)
    first = second_opinion(screen, unsure, THRESHOLDS, SAID).ask
    assert first is not None
    second = second_opinion(screen, unsure, THRESHOLDS, SAID, asked={first.id}).ask
    assert second is not None
    assert second.id != first.id
    assert second_opinion(screen, unsure, THRESHOLDS, SAID, asked={first.id, second.id}).ask is None


def test_a_crisis_is_asked_about_gently_whatever_else_is_near(screen: RedFlagScreen) -> None:
    ask = second_opinion(screen, replace(NOTHING, urgent=0.99, crisis=0.6), THRESHOLDS, SAID).ask
    assert ask is not None
    assert ask.id == "suicide.thoughts"


@pytest.mark.parametrize("flag", ["suicide", "harm_to_others", "violence"])
def test_every_crisis_has_a_question_of_its_own(screen: RedFlagScreen, flag: str) -> None:
    ask = second_opinion(screen, replace(NOTHING, crisis=0.6, crisis_flag=flag), THRESHOLDS, SAID).ask
    assert ask is not None
    assert ask.flag == flag


def test_who_is_very_likely_in_danger_gets_a_nurse_but_no_911(screen: RedFlagScreen) -> None:
    raised = second_opinion(screen, replace(NOTHING, urgent=0.97), THRESHOLDS, SAID, at_ms=1200).raised
    assert raised is not None
    assert raised.care_level is CareLevel.NURSE_NOW
    assert raised.flag == "emergency_unnamed"
    assert raised.title == "Possible stroke, by meaning alone"
    assert raised.at_ms == 1200
    assert raised.evidence[0].words == UNKNOWN


def test_a_flag_for_the_nurse_keeps_its_own_words(screen: RedFlagScreen) -> None:
    opinion = replace(NOTHING, urgent=0.97, flag="poisoning")
    raised = second_opinion(screen, opinion, THRESHOLDS, SAID).raised
    assert raised is not None
    assert (raised.flag, raised.care_level) == ("poisoning", CareLevel.NURSE_NOW)
    crisis = second_opinion(screen, replace(NOTHING, crisis=0.99), THRESHOLDS, SAID).raised
    assert crisis is not None
    assert (crisis.flag, crisis.title) == ("suicide", "Thoughts of suicide or self-harm")


def test_without_a_threshold_of_doubt_what_the_rules_raise_stands(screen: RedFlagScreen) -> None:
    text, judge = "there is a crushing pain in my chest", Says(replace(NOTHING, urgent=0.0))
    assert added(screen, screen.screen(text), text, judge) == screen.screen(text)
    assert judge.asked == []


def test_where_the_meaning_is_far_from_danger_one_question_decides_about_a_red_flag(screen: RedFlagScreen) -> None:
    text, doubting = "there is a crushing pain in my chest", replace(THRESHOLDS, doubt=0.05)
    asked = added(screen, screen.screen(text), text, Says(replace(NOTHING, urgent=0.04, crisis=0.01), doubting))
    assert asked.raised is None
    assert asked.ask is not None
    assert (asked.ask.id, asked.ask.care_level) == ("heart_attack.chest", CareLevel.EMERGENCY_911)
    assert screen.answered(asked.ask, "yes") is True
    assert "pain in my chest" in [piece.words for piece in asked.ask.evidence]


@pytest.mark.parametrize("near", [{"urgent": 0.05}, {"crisis": 0.05}])
def test_a_red_flag_stands_when_any_danger_is_not_far(screen: RedFlagScreen, near: dict[str, float]) -> None:
    text, doubting = "there is a crushing pain in my chest", replace(THRESHOLDS, doubt=0.05)
    opinion = replace(replace(NOTHING, urgent=0.0, crisis=0.0), **near)
    assert added(screen, screen.screen(text), text, Says(opinion, doubting)) == screen.screen(text)


def test_a_red_flag_without_a_question_of_its_own_is_asked_about_in_general(screen: RedFlagScreen) -> None:
    raised = screen.screen("there is a crushing pain in my chest").raised
    assert raised is not None
    far, doubting = replace(NOTHING, urgent=0.0, crisis=0.0), replace(THRESHOLDS, doubt=0.05)
    first = doubted(screen, raised, far, doubting)
    assert first is not None
    second = doubted(screen, raised, far, doubting, asked={first.id})
    assert second is not None
    assert (second.id, second.care_level) == ("emergency.signs", raised.care_level)
    assert doubted(screen, raised, far, doubting, asked={first.id, second.id}) is None, "nothing left to ask: it stands"


def test_a_weak_word_alone_is_asked_about_unless_the_meaning_is_far_from_danger(screen: RedFlagScreen) -> None:
    text, calm = "it is a terrible thing", replace(THRESHOLDS, calm=0.2)
    asked = screen.screen(text)
    assert asked.ask is not None
    assert asked.ask.weak
    assert added(screen, asked, text, Says(NOTHING, calm)) == Screening()
    assert added(screen, asked, text, Says(replace(NOTHING, urgent=0.2), calm)) == asked
    strong = screen.screen("my baby has a fever")
    assert added(screen, strong, "my baby has a fever", Says(NOTHING, calm)) == strong


@pytest.mark.parametrize("urgent", [0.0, 0.6])
def test_what_the_rules_ask_stands_unless_a_nurse_is_needed_at_once(screen: RedFlagScreen, urgent: float) -> None:
    text = "my baby has a fever"
    asked = screen.screen(text)
    assert asked.ask is not None
    assert added(screen, asked, text, Says(replace(NOTHING, urgent=urgent))) == asked
    assert added(screen, asked, text, Says(replace(NOTHING, urgent=0.97))).red_flag


def test_few_words_are_left_to_the_rules(screen: RedFlagScreen) -> None:
    judge = Says(replace(NOTHING, urgent=0.99))
    assert added(screen, screen.screen("sideways again"), "sideways again", judge) == screen.screen("sideways again")
    assert judge.asked == []


def test_the_line_of_a_record_shows_it_as_any_other(screen: RedFlagScreen) -> None:
    assert screen_line(screen, {"id": 1, "text": UNKNOWN}, Says(replace(NOTHING, urgent=0.6))) == {
        "id": 1,
        "red_flag": False,
        "ask": "stroke.signs",
        "flag": "stroke",
        "disposition": "911",
        "evidence": [UNKNOWN],
    }
    raised = screen_line(screen, {"id": 2, "text": UNKNOWN}, Says(replace(NOTHING, urgent=0.97)))
    assert (raised["red_flag"], raised["disposition"]) == (True, "nurse_now")
    assert screen_line(screen, {"id": 3, "text": UNKNOWN})["red_flag"] is False


def test_a_crisis_of_the_rules_is_asked_about_when_the_meaning_is_none(screen: RedFlagScreen) -> None:
    text, doubting = "i want to kill myself", replace(THRESHOLDS, doubt=0.01, doubt_crisis=0.05)
    joke = replace(NOTHING, urgent=0.3, crisis=0.04)
    asked = added(screen, screen.screen(text), text, Says(joke, doubting))
    assert asked.ask is not None
    assert asked.ask.id == "suicide.thoughts"
    for near in (replace(joke, crisis=0.05), replace(joke, urgent=THRESHOLDS.ask)):
        assert added(screen, screen.screen(text), text, Says(near, doubting)).red_flag
