"""Every path through every protocol of dialogs/: where it ends, and how many questions that takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocol_paths import answers_to, paths, problems_of_paths
from voice_agent.triage.protocols import UNKNOWN, Protocol, problems

FOLDER = Path(__file__).parents[2] / "dialogs" / "protocols"
PROTOCOLS = tuple(strict_yaml.read(path, Protocol) for path in sorted(FOLDER.glob("*.yaml")))
BY_ID = {protocol.id: protocol for protocol in PROTOCOLS}
EVERY = pytest.mark.parametrize("protocol", PROTOCOLS, ids=BY_ID)
TO_A_PERSON = CareLevel.NURSE_WITHIN_HOUR.rank
"""As urgent as this or more: somebody speaks with the caller."""


def test_what_a_clinic_line_hears_daily_is_covered() -> None:
    assert set(BY_ID) >= {
        "headache", "fever", "fever_child", "cough", "nose_sinus", "sore_throat", "stomach_pain", "vomiting_diarrhea",
        "back_pain", "chest", "breathing", "dizziness", "rash", "urinary", "head_injury", "injury", "eye", "ear",
        "pregnancy", "medicine_question", "mental_health", "general",
    }  # fmt: skip
    assert problems(PROTOCOLS, [path.stem for path in sorted(FOLDER.glob("*.yaml"))]) == []


@EVERY
def test_no_caller_is_asked_more_than_six_questions(protocol: Protocol) -> None:
    assert max(len(path.answers) for path in paths(protocol)) <= 6


@EVERY
def test_every_rule_decides_for_somebody_and_every_question_is_asked(protocol: Protocol) -> None:
    every = list(paths(protocol))
    assert {rule.id for rule in protocol.rules} <= {path.end.rule for path in every}
    assert {question.id for question in protocol.questions} == {name for path in every for name in path.answers}


@EVERY
def test_who_does_not_know_speaks_with_a_person(protocol: Protocol) -> None:
    doubting = [path for path in paths(protocol) if UNKNOWN in path.answers.values()]
    assert doubting
    for path in doubting:
        assert path.end.care_level.rank <= TO_A_PERSON, path


@EVERY
def test_no_answer_falls_between_the_rules(protocol: Protocol) -> None:
    assert "default" not in {path.end.rule for path in paths(protocol)}


@EVERY
def test_self_care_comes_with_a_safety_net_for_better_and_worse(protocol: Protocol) -> None:
    for rule in protocol.rules:
        if rule.care_level is CareLevel.SELF_CARE:
            assert any("call us back" in sentence for sentence in rule.advice), rule.id
            assert "call 911" in rule.advice[-1], rule.id


@EVERY
def test_every_question_can_be_answered_with_keys_that_its_reprompt_names(protocol: Protocol) -> None:
    for question in protocol.questions:
        assert question.keys, question.id
        assert "press" in question.reprompt.lower(), question.id
        if question.kind in {"yes_no", "choice"}:
            assert all(key in question.reprompt for key in question.keys), question.id


@EVERY
def test_every_end_has_a_level_a_reason_and_a_source(protocol: Protocol) -> None:
    for path in paths(protocol):
        assert isinstance(path.end.care_level, CareLevel), path
        assert path.end.reason.strip(), path
        assert path.end.source == protocol.source, path
        assert path.end.source.strip(), path


@EVERY
def test_what_is_left_of_a_question_is_shorter_and_asks_for_nothing_new(protocol: Protocol) -> None:
    for question in protocol.questions:
        for rest in filter(None, question.screened.values()):
            assert len(rest.split()) <= len(question.ask.split()), rest
            assert rest != question.ask, rest
            assert not set(rest) & set("()/&%;"), rest


@EVERY
def test_a_question_can_be_said_on_the_telephone(protocol: Protocol) -> None:
    """Short enough to be kept in mind, and without signs that a voice stumbles on."""
    for question in protocol.questions:
        assert len(question.ask.split()) <= 30, question.ask
        assert not set(question.ask + question.reprompt) & set("()/&%;"), question.id


@pytest.mark.parametrize(
    "symptom",
    ["chest", "breathing", "dizziness", "weakness_numbness", "pregnancy", "mental_health", "urinary", "general"],
)
def test_where_nobody_can_see_from_afar_what_it_is_there_is_no_self_care(symptom: str) -> None:
    assert CareLevel.SELF_CARE not in {rule.care_level for rule in BY_ID[symptom].rules}


def test_a_medicine_question_is_answered_by_a_person() -> None:
    assert all(rule.care_level.rank <= TO_A_PERSON for rule in BY_ID["medicine_question"].rules)


def test_mental_health_always_names_988_and_only_who_declines_a_nurse_is_not_brought_to_one() -> None:
    for path in paths(BY_ID["mental_health"]):
        if path.end.rule != "doubt":
            assert "988" in " ".join(path.end.advice), path
        if path.end.care_level.rank > TO_A_PERSON:
            assert path.answers["talk"] == "no"
            assert path.answers["harm"] == "no"


def test_what_no_protocol_covers_goes_to_the_fallback() -> None:
    assert [protocol.id for protocol in PROTOCOLS if protocol.fallback] == ["general"]


def test_answers_that_make_a_difference() -> None:
    fever = BY_ID["fever"]
    asked = {question.id: question for question in fever.questions}
    assert answers_to(asked["sepsis"], fever) == ["yes", "no", UNKNOWN]
    assert answers_to(asked["temperature"], fever) == ["102.9", "103", "103.1", UNKNOWN]
    place = next(question for question in BY_ID["stomach_pain"].questions if question.id == "place")
    assert answers_to(place, BY_ID["stomach_pain"]) == ["low_right", "upper", "elsewhere", UNKNOWN]


def test_problems_of_paths_say_where() -> None:
    assert list(problems_of_paths(BY_ID["fever"])) == []
