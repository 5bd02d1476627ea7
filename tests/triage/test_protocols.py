"""Protocols: what is asked, what is concluded, and that nobody falls through."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent import strict_yaml
from voice_agent.errors import ContentError
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocols import (
    UNKNOWN,
    Ask,
    Conclude,
    Protocol,
    Question,
    interpret,
    next_step,
    prefill,
    problems,
    protocol_for,
)

FOLDER = Path(__file__).parents[2] / "dialogs" / "protocols"
PROTOCOLS = tuple(strict_yaml.read(path, Protocol) for path in sorted(FOLDER.glob("*.yaml")))
BY_ID = {protocol.id: protocol for protocol in PROTOCOLS}


def _talk(protocol: Protocol, opening: str, *replies: str) -> Conclude:
    """Speak with a protocol; every reply must be understood and every question asked for."""
    answers = prefill(protocol, opening)
    for reply in replies:
        step = next_step(protocol, answers)
        assert isinstance(step, Ask), f"concluded before {reply!r}"
        answer = interpret(step.question, reply)
        assert answer is not None, f"{reply!r} to {step.question.id}"
        answers[step.question.id] = answer
    step = next_step(protocol, answers)
    assert isinstance(step, Conclude), f"still asks {step}"
    return step


def test_the_content_has_no_problems_and_is_signed_by_nobody() -> None:
    assert problems(PROTOCOLS) == []
    assert {"headache", "fever", "fever_child", "stomach_pain"} <= set(BY_ID)
    assert all(protocol.approved_by is None for protocol in PROTOCOLS)
    assert all((FOLDER / f"{protocol.id}.yaml").exists() for protocol in PROTOCOLS)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("i have a headache", "headache"),
        ("my head is really pounding", "headache"),
        ("no fever but my head hurts", "headache"),
        ("i've got a fever", "fever"),
        ("my baby has a fever", "fever_child"),
        ("my daughter's running a temperature", "fever_child"),
        ("my stomach hurts", "stomach_pain"),
        ("bad cramps in my belly", "stomach_pain"),
        ("i hurt my knee", None),
        ("i'd like an appointment", None),
        ("", None),
    ],
)
def test_the_protocol_that_fits(said: str, expected: str | None) -> None:
    found = protocol_for(said, PROTOCOLS)
    assert (found.id if found else None) == expected


def test_an_emergency_is_concluded_at_once() -> None:
    end = _talk(BY_ID["headache"], "i have a headache", "yes")
    assert (end.care_level, end.rule) == (CareLevel.EMERGENCY_911, "thunderclap")
    assert "MedlinePlus" in end.source


def test_words_already_said_are_never_asked_again() -> None:
    end = _talk(BY_ID["headache"], "it's the worst headache of my life")
    assert end.care_level is CareLevel.EMERGENCY_911
    answers = prefill(BY_ID["fever_child"], "my eight week old has a fever of one oh one")
    assert answers == {"age": "56", "temperature": "101"}


def test_what_was_said_before_still_leaves_the_more_urgent_questions() -> None:
    """A baby under three months goes to the nurse; whether it is 911 is asked first, the rest is not."""
    end = _talk(BY_ID["fever_child"], "my eight week old has a fever of one oh one", "no", "no")
    assert (end.care_level, end.rule) == (CareLevel.NURSE_NOW, "under_three_months")


def test_a_harmless_headache_ends_with_advice_and_a_safety_net() -> None:
    end = _talk(BY_ID["headache"], "i have a headache", "no", "nope", "no", "not really", "no", "since yesterday")
    assert end.care_level is CareLevel.SELF_CARE
    assert any("911" in sentence for sentence in end.advice)


def test_a_lasting_headache_is_seen_soon() -> None:
    end = _talk(BY_ID["headache"], "i've had a headache for four days", "no", "no", "no", "no", "no")
    assert end.care_level is CareLevel.CLINIC_SOON


def test_a_plain_denial_answers_and_an_uncertain_one_does_not() -> None:
    stomach = BY_ID["stomach_pain"]
    assert prefill(stomach, "my belly hurts and i am not pregnant") == {"pregnancy": "no"}
    assert prefill(stomach, "my belly hurts i don't know if i'm pregnant").get("pregnancy") != "no"


def test_denying_a_part_does_not_answer_the_whole() -> None:
    assert "infection" not in prefill(BY_ID["headache"], "my head hurts but i have no fever")


def test_not_knowing_the_worst_asks_on_for_911_only_and_then_goes_to_the_nurse() -> None:
    end = _talk(BY_ID["headache"], "i have a headache", "i don't know", "no")
    assert (end.care_level, end.rule) == (CareLevel.NURSE_NOW, "doubt")
    assert "does not know" in end.reason


def test_not_knowing_a_lesser_thing_is_a_nurse_within_the_hour() -> None:
    end = _talk(BY_ID["fever"], "i have a fever", "no", "no", "no", "no", "i don't have a thermometer")
    assert (end.care_level, end.rule) == (CareLevel.NURSE_WITHIN_HOUR, "doubt")


@settings(deadline=None)
@given(st.sampled_from(PROTOCOLS), st.data())
def test_every_path_ends_within_six_questions_and_doubt_ends_with_a_person(
    protocol: Protocol, data: st.DataObject
) -> None:
    answers: dict[str, str] = {}
    while isinstance(step := next_step(protocol, answers), Ask):
        assert step.question.id not in answers
        match step.question.kind:
            case "yes_no":
                choices = ["yes", "no", UNKNOWN]
            case "choice":
                choices = [*step.question.choices, UNKNOWN]
            case _:
                choices = [str(number) for number in (0, 1, 50, 89, 90, 100, 102, 103, 104, 800)] + [UNKNOWN]
        answers[step.question.id] = data.draw(st.sampled_from(choices))
    assert len(answers) <= 6
    if UNKNOWN in answers.values():
        assert step.care_level.rank <= CareLevel.NURSE_WITHIN_HOUR.rank


@settings(deadline=None)
@given(st.sampled_from(PROTOCOLS), st.data())
def test_a_yes_to_a_danger_never_lowers_the_level(protocol: Protocol, data: st.DataObject) -> None:
    """Whatever else was answered, one more danger sign makes it as urgent or more."""
    dangers = [question.id for question in protocol.questions if question.kind == "yes_no"]
    calm = {question.id: "no" if question.kind == "yes_no" else "100" for question in protocol.questions}
    places = {q.id: next(iter(q.choices)) for q in protocol.questions if q.kind == "choice"}
    ticked = data.draw(st.lists(st.sampled_from(dangers), unique=True, min_size=1))
    levels = []
    answers = {**calm, **places}
    for danger in [None, *ticked]:
        answers = answers if danger is None else {**answers, danger: "yes"}
        step = next_step(protocol, answers)
        assert isinstance(step, Conclude)
        levels.append(step.care_level.rank)
    assert all(later <= earlier for earlier, later in pairwise(levels))


def test_every_question_has_keys_or_takes_a_number() -> None:
    for protocol in PROTOCOLS:
        for question in protocol.questions:
            assert question.keys
            assert "press" in question.reprompt.lower()


def _question(protocol: str, question: str) -> Question:
    return next(q for q in BY_ID[protocol].questions if q.id == question)


@pytest.mark.parametrize(
    ("question", "said", "expected"),
    [
        (_question("headache", "sudden"), "yeah", "yes"),
        (_question("headache", "sudden"), "it came on suddenly this headache", "yes"),
        (_question("headache", "sudden"), "no idea", UNKNOWN),
        (_question("headache", "sudden"), "banana", None),
        (_question("headache", "days"), "about three days", "3"),
        (_question("headache", "days"), "two", "2"),
        (_question("headache", "days"), "it began today", "0"),
        (_question("fever", "temperature"), "one oh two point five", "102.5"),
        (_question("fever", "temperature"), "pretty high", None),
        (_question("fever_child", "age"), "eight weeks", "56"),
        (_question("stomach_pain", "place"), "low on the right side", "low_right"),
        (_question("stomach_pain", "place"), "up under my ribs", "upper"),
        (_question("stomach_pain", "place"), "all over", "elsewhere"),
        (_question("stomach_pain", "place"), "i'm not sure", UNKNOWN),
        (_question("stomach_pain", "place"), "", None),
    ],
)
def test_interpret(question: Question, said: str, expected: str | None) -> None:
    assert interpret(question, said) == expected


GOOD = """
id: cough
version: 1
title: Cough
source: NHS, Cough
approved_by: null
applies_to: [cough/coughing]
questions:
  - {id: blood, ask: "Any blood?", reprompt: "For blood, press 1; else press 2."}
  - {id: weeks, ask: "How many weeks?", reprompt: "Please press the number of weeks.", kind: number}
  - {id: more, ask: "What else?", reprompt: "Anything more to say?", kind: open}
rules:
  - {id: bloody, when: {blood: yes}, care_level: nurse_now, reason: Blood}
  - {id: long, when: {weeks: ">= 3"}, care_level: clinic_soon, reason: Long}
  - {id: plain, when: {}, care_level: self_care, reason: Short, advice: ["If it gets bad, call 911."]}
"""


def _parsed(text: str) -> Protocol:
    return strict_yaml.parse(text, Protocol, name="cough.yaml")


def test_a_new_symptom_is_one_file_and_open_words_are_kept_for_the_record() -> None:
    cough = _parsed(GOOD)
    assert problems([cough]) == []
    assert _talk(cough, "i have a cough", "no", "one", "it tickles").rule == "plain"
    assert _talk(cough, "i have a cough", "yes").rule == "bloody"


def test_what_no_rule_foresees_goes_to_the_nurse() -> None:
    cough = _parsed(GOOD)
    end = next_step(replace(cough, rules=cough.rules[:2]), {"blood": "no", "weeks": "1", "more": "nothing"})
    assert isinstance(end, Conclude)
    assert (end.care_level, end.rule) == (CareLevel.NURSE_NOW, "default")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{blood: yes}", "{blud: yes}", "'blud', which is no question"),
        ("{blood: yes}", "{blood: perhaps}", "answered yes, no or unknown"),
        ('{weeks: ">= 3"}', '{weeks: "3"}', "write a comparison"),
        ('{weeks: ">= 3"}', "{more: cough}", "open question"),
        ('{weeks: ">= 3"}', "{blood: yes}", "can never decide"),
        ("care_level: nurse_now", "care_level: self_care", "put the most urgent first"),
        ("call 911", "call us", "safety net"),
        ("source: NHS, Cough", 'source: ""', "source is empty"),
        ("applies_to: [cough/coughing]", "applies_to: []", "applies_to is empty"),
        ("{id: weeks, ask", "{id: blood, ask", "stands 2 times"),
        ('ask: "Any blood?"', 'ask: "Blood."', "question mark"),
        ("{id: long,", "{id: bloody,", "used twice"),
        ("{blood: yes}", "{blood: [yes, unknown]}", None),
        ('{weeks: ">= 3"}', "{weeks: ['< 3', unknown]}", "can end without a person"),
        ("kind: number}", "kind: number, keypad: {'1': lots}}", "a number for every key"),
        ("kind: number}", "kind: number, keypad: {'#': '1'}}", "is no key"),
        ("kind: open}", "kind: choice, choices: {a: [a]}}", "fewer than two"),
    ],
)
def test_problems_are_named(old: str, new: str, complaint: str | None) -> None:
    assert old in GOOD
    found = problems([_parsed(GOOD.replace(old, new))])
    if complaint is None:
        assert found == []
    else:
        assert any(complaint in problem for problem in found), found
        assert all(problem.startswith("cough: ") for problem in found)


def test_two_protocols_with_one_id_are_named() -> None:
    assert any("ids must differ" in problem for problem in problems([_parsed(GOOD), _parsed(GOOD)]))


def test_a_wrong_key_names_line_and_nearest() -> None:
    with pytest.raises(ContentError, match=r"cough.yaml:2: .*did you mean 'id'"):
        _parsed(GOOD.replace("id: cough", "idd: cough"))
