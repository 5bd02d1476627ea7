"""Protocols: what is asked, what is concluded, and that nobody falls through."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_protocol import GOOD, parsed

from voice_agent import strict_yaml
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
        ("i hurt my knee", "injury"),
        ("my hair is falling out", None),
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


def test_an_age_that_is_told_answers_whether_somebody_is_older_or_younger() -> None:
    assert prefill(BY_ID["cough"], "i'm a seventy year old man with a cough") == {"risk": "yes"}
    assert prefill(BY_ID["cough"], "my eight month old has a cough") == {"risk": "yes"}
    assert prefill(BY_ID["cough"], "i'm forty and i have a cough") == {}
    risk = _question("cough", "risk")
    assert interpret(risk, "i'm seventy two") == "yes"
    assert interpret(risk, "i'm forty") is None


def test_words_that_mean_something_else_answer_nothing() -> None:
    assert prefill(BY_ID["eye"], "i have hay fever and my eyes itch") == {}
    assert prefill(BY_ID["eye"], "i have a fever and my eyes itch") == {"swelling": "yes"}


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
def test_a_yes_to_a_danger_never_lowers_the_level(protocol: Protocol, data: st.DataObject) -> None:
    """Whatever else was answered, one more danger sign makes it as urgent or more."""
    harmless = {name for rule in protocol.rules for name, wanted in rule.when.items() if wanted in {False, "no"}}
    dangers = [q.id for q in protocol.questions if q.kind == "yes_no" and q.id not in harmless]
    answers = {question.id: "no" if question.kind == "yes_no" else "100" for question in protocol.questions}
    answers |= {q.id: data.draw(st.sampled_from(sorted(q.choices))) for q in protocol.questions if q.kind == "choice"}
    answers |= {name: data.draw(st.sampled_from(["yes", "no"])) for name in harmless if name in answers}
    ticked = data.draw(st.lists(st.sampled_from(dangers), unique=True, min_size=1))
    levels = []
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
        (_question("headache", "infection"), "no but my neck is stiff", "yes"),
        (_question("headache", "infection"), "no but i've had it for weeks", "no"),
        (_question("headache", "infection"), "yes but only a little", "yes"),
        (_question("headache", "infection"), "no but yes my neck", None),
        (_question("headache", "infection"), "i don't know if my neck is stiff", UNKNOWN),
        (_question("headache", "infection"), "i don't know my neck is kind of stiff", "yes"),
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


def test_a_new_symptom_is_one_file_and_open_words_are_kept_for_the_record() -> None:
    cough = parsed(GOOD)
    assert problems([cough]) == []
    assert _talk(cough, "i have a cough", "no", "one", "it tickles").rule == "plain"
    assert _talk(cough, "i have a cough", "yes").rule == "bloody"


def test_what_no_rule_foresees_goes_to_the_nurse() -> None:
    cough = parsed(GOOD)
    end = next_step(replace(cough, rules=cough.rules[:2]), {"blood": "no", "weeks": "1", "more": "nothing"})
    assert isinstance(end, Conclude)
    assert (end.care_level, end.rule) == (CareLevel.NURSE_NOW, "default")
