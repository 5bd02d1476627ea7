"""Symptoms by text through the real Rasa: at least one whole conversation a protocol.

The red-flag screen may put questions of its own first; a caller who says no to everything hears the protocol's
question after them.
"""

from __future__ import annotations

import pytest
from rasa_server import Call, content_of_dialogs

from voice_agent.call.handoff import Disposition
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocols import Question

pytestmark = pytest.mark.timeout(900)  # the first one may have to train the model and wait for Rasa
QUESTIONS = [question for protocol in content_of_dialogs().protocols for question in protocol.questions]
SENTENCES = [
    (sentence, protocol.id) for protocol in content_of_dialogs().protocols for sentence in protocol.callers_say
]


def calm(call: Call, **answers: str) -> list[str]:
    """Answer by question until the call is decided: `answers` by the question's name, else no, two days, 101."""
    while not call.over and "triage" not in call.summary.learned:
        name = next((q.id for q in QUESTIONS if any(words in call.answer for words in wordings(q))), "")
        usual = {"days": "two days", "temperature": "one oh one", "age": "six years", "place": "somewhere else"}
        call.say(answers.get(name, usual.get(name, "no")))
    return [answer.question for answer in call.summary.answers]


def wordings(question: Question) -> list[str]:
    """All ways in which a question is put."""
    return [question.ask, question.reprompt, *filter(None, question.screened.values())]


def to_the_protocol(call: Call, said: str) -> None:
    """Say the first sentence, and no to what the red-flag screen asks."""
    call.say(said)
    while not call.over and "symptom" not in call.summary.learned:
        call.say("no")


@pytest.mark.parametrize(("said", "protocol"), SENTENCES)
def test_a_first_sentence_comes_to_its_protocol(call: Call, said: str, protocol: str) -> None:
    """Whatever the classifier takes it for; unless the red-flag screen brought a nurse for it."""
    to_the_protocol(call, said)
    title = next(known.title for known in content_of_dialogs().protocols if known.id == protocol)
    assert call.summary.red_flag or call.summary.learned.get("symptom") == title, call.answer


@pytest.mark.parametrize(
    ("said", "answers", "level"),
    [
        ("i've had a sore throat since yesterday", {}, "self_care"),
        ("i've had a cough for a week", {"fever": "yes"}, "clinic_soon"),
        ("i have a bad cold", {}, "self_care"),
        ("my allergies are really bad and i'm sneezing all day", {}, "self_care"),
        ("my ear hurts", {"infection": "yes"}, "clinic_soon"),
        ("i have a stye on my eyelid", {}, "self_care"),
        ("i have a canker sore on my lip", {}, "self_care"),
        ("i've had diarrhea for two days", {}, "self_care"),
        ("i'm constipated", {}, "self_care"),
        ("my lower back has been aching since saturday", {}, "self_care"),
        ("it burns when i pee", {}, "clinic_soon"),
        ("i think i have a yeast infection", {"known": "yes"}, "self_care"),
        ("i have a rash on my arm", {}, "self_care"),
        ("i got stung by a bee", {}, "self_care"),
        ("i twisted my ankle", {}, "self_care"),
        ("my knee hurts when i walk", {}, "self_care"),
        ("i feel dizzy when i get up", {"position": "yes"}, "clinic_soon"),
        ("my fingers go numb at night", {}, "clinic_soon"),
        ("i've been feeling really down lately", {"talk": "no"}, "clinic_soon"),
        ("my hair is falling out", {}, "clinic_soon"),
    ],
)
def test_who_is_not_in_danger_is_told_what_to_do(call: Call, said: str, answers: dict[str, str], level: str) -> None:
    call.say(said)
    asked = calm(call, **answers)
    assert call.summary.learned.get("triage_level") == level, (call.summary.reason, asked)
    assert (
        len([name for name in asked if name.partition(".")[0] in {p.id for p in content_of_dialogs().protocols}]) <= 6
    )
    assert call.answer.endswith("Would you like me to book an appointment for this?")
    if level == "self_care":
        assert "call 911" in call.answer


@pytest.mark.parametrize(
    ("said", "answers", "level"),
    [
        ("my chest hurts when i cough", {"risk": "yes"}, "nurse_now"),
        ("i get out of breath on the stairs", {"worse": "yes"}, "nurse_now"),
        ("i'm twenty weeks pregnant and i feel sick all day", {"fever": "yes"}, "nurse_now"),
        ("i bumped my head on a cabinet", {"symptoms": "yes"}, "nurse_within_hour"),
        ("i have a question about my medicine", {}, "nurse_within_hour"),
        ("i keep having panic attacks", {"talk": "yes"}, "nurse_now"),
        ("my jaw is stiff and i can't open my mouth", {}, "nurse_now"),
    ],
)
def test_who_may_be_in_danger_gets_a_nurse(call: Call, said: str, answers: dict[str, str], level: str) -> None:
    call.say(said)
    calm(call, **answers)
    assert call.over
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.care_level == CareLevel(level), call.summary.reason


def test_988_is_named_before_the_nurse_comes(call: Call) -> None:
    call.say("i keep having panic attacks")
    calm(call, talk="yes")
    assert "988" in call.answer


def test_who_does_not_know_is_asked_once_more_with_the_keys_and_then_gets_a_nurse(call: Call) -> None:
    to_the_protocol(call, "i have a canker sore on my lip")
    again = call.say("i don't know")
    assert "That is all right." in again
    assert "press 1" in again
    while not call.over:
        call.say("i really don't know")
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.reason.startswith("Mouth or tooth trouble: Caller does not know")


def test_a_whole_triage_by_keypad(call: Call) -> None:
    call.say("i twisted my ankle")
    for _ in range(7):
        if "triage" not in call.summary.learned:
            call.press("2")
    assert call.summary.learned["triage_level"] == "self_care"


def test_words_of_the_first_sentence_are_not_asked_again(call: Call) -> None:
    call.say("i've had a sore throat for nine days and no fever")
    asked = calm(call)
    assert "sore_throat.days" not in asked
    assert "sore_throat.fever" not in asked
    assert call.summary.learned["triage_level"] == "clinic_soon"


@pytest.mark.parametrize(
    "said", ["i have a bad headache and a fever", "my stomach hurts", "my ankle is bleeding a little", "my back hurts"]
)
def test_what_the_screen_was_denied_is_not_asked_again(call: Call, said: str) -> None:
    call.say(said)
    asked = calm(call)
    screen = {question.id for entry in content_of_dialogs().red_flags.red_flags for question in entry.ask}
    denied = screen.intersection(asked)
    same = {
        f"{protocol.id}.{question.id}"
        for protocol in content_of_dialogs().protocols
        for question in protocol.questions
        if any(question.screened.get(name, "") is None for name in denied)
    }
    assert denied, "the screen asks about these words first"
    for name in denied:
        asked.remove(name)  # put once by the screen; ids of protocols may be the same
    assert same.isdisjoint(asked)
    assert "triage" in call.summary.learned


def test_a_symptom_in_the_wish_for_an_appointment_is_asked_about_first(call: Call) -> None:
    said = call.say("i'd like an appointment for my sore throat")
    while "Before I book it" not in said:
        said = call.say("no")
    calm(call)
    assert "Now back to your appointment." in call.answer
