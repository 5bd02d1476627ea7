"""Which protocol a first sentence comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.triage.protocol_choice import fallback_of, protocol_for
from voice_agent.triage.protocol_content import Protocol

FOLDER = Path(__file__).parents[2] / "dialogs" / "protocols"
PROTOCOLS = tuple(strict_yaml.read(path, Protocol) for path in sorted(FOLDER.glob("*.yaml")))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("i have a runny nose and my chest hurts", "chest"),
        ("my back aches and i'm short of breath", "breathing"),
        ("i have a headache and i hit my head yesterday", "head_injury"),
        ("i'm thirty weeks pregnant and i have heartburn", "pregnancy"),
        ("i have a fever and a bad cough", "cough"),
        ("i have a fever and it burns when i pee", "urinary"),
        ("my son has a fever and a rash", "rash"),
        ("i have a headache and a fever", "fever"),
        ("my baby has a fever and is coughing", "fever_child"),
        ("my knee hurts and i feel really down", "mental_health"),
        ("i took my pills and now my stomach hurts", "stomach_pain"),
        ("i have a fever and a stuffy nose", "fever"),
        ("i have heartburn and my chest feels tight", "chest"),
        ("i have heartburn and i'm short of breath", "breathing"),
        ("i get a burning feeling after dinner and a sour taste", "heartburn"),
        ("it burns when i pee after lunch", "urinary"),
        ("my eyes are burning after dinner", "eye"),
    ],
)
def test_of_several_symptoms_the_more_urgent_is_asked_about_first(said: str, expected: str) -> None:
    found = protocol_for(said, PROTOCOLS)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("i don't have chest pain but my ear hurts", "ear"),
        ("no fever just a sore throat", "sore_throat"),
        ("i'm not short of breath or dizzy it's just a cough", "cough"),
    ],
)
def test_what_is_denied_does_not_choose(said: str, expected: str) -> None:
    found = protocol_for(said, PROTOCOLS)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize(
    "said",
    [
        "i'd like to book a checkup for next tuesday",
        "can you call me back about my bill",
        "i need a refill of my blood pressure pills",
        "i need an eye exam",
        "what are your hours",
        "my daughter needs a physical for school",
        "i'd like to come in with my husband on monday",
        "do you take medicare",
        "i want to see doctor hart about my results",
        "i need a flu shot",
    ],
)
def test_what_is_no_symptom_starts_no_questions(said: str) -> None:
    assert protocol_for(said, PROTOCOLS) is None


def test_the_fallback_is_never_chosen_by_words() -> None:
    fallback = fallback_of(PROTOCOLS)
    assert fallback is not None
    assert protocol_for("my hair is falling out", PROTOCOLS) is None
    assert fallback_of([protocol for protocol in PROTOCOLS if not protocol.fallback]) is None
