"""What callers with well-known conditions are told: one protocol each, from the first sentence to the end.

The stories are the project's own. What a caller would say yes to is named by question; everything else is a no, and
how long it lasted is two days unless the first sentence says so.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocols import Ask, Protocol, fallback_of, next_step, prefill, protocol_for

FOLDER = Path(__file__).parents[2] / "dialogs" / "protocols"
PROTOCOLS = tuple(strict_yaml.read(path, Protocol) for path in sorted(FOLDER.glob("*.yaml")))
FRIDAY = date(2026, 11, 27)
_PERSON = frozenset({CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW, CareLevel.NURSE_WITHIN_HOUR})
_CLINIC = frozenset({CareLevel.CLINIC_SOON})
_HOME = frozenset({CareLevel.SELF_CARE})
_USUAL = {"days": "2", "degrees_f": "101", "age_days": "2000", None: "3"}
STORIES = [
    ("i get heartburn after spicy food", "heartburn", {}, _HOME),
    ("i have indigestion and i throw up black stuff", "heartburn", {"blood": "yes"}, _PERSON),
    ("i'm a diabetic and i have indigestion since this morning", "heartburn", {}, _PERSON),
    ("my acid reflux has come back every night for a month", "heartburn", {}, _CLINIC),
    ("i twisted my ankle a little this morning", "injury", {}, _HOME),
    ("i cut my foot on a rusty nail and never had a tetanus shot", "injury", {"infected": "yes"}, _CLINIC | _PERSON),
    (
        "my husband is confused and his skin looks yellow, he's been taking a lot of tylenol for his back",
        "general",
        {},
        _PERSON,
    ),
    (
        "my daughter is twelve, she's had belly pain since last night and a fever of a hundred and four",
        "stomach_pain",
        {"severe": "yes"},
        _PERSON,
    ),
    (
        "i have asthma and i've been wheezing for three days since i caught a cold my inhaler isn't helping much",
        "breathing",
        {"rest": "yes"},
        _PERSON,
    ),
    (
        "i have copd and i'm more short of breath than usual and coughing up a lot of phlegm",
        "breathing",
        {"rest": "yes"},
        _PERSON,
    ),
    ("my leg has been swollen and sore for five days and i just got out of the hospital", "limb_pain", {}, _PERSON),
    ("i've had chest tightness since yesterday and i'm sweating and feel sick", "chest", {}, _PERSON),
    (
        "my four year old has had diarrhea for a week and now there's blood in it and he's hardly peeing",
        "vomiting_diarrhea",
        {},
        _PERSON,
    ),
    (
        "i woke up with awful pain in my left side that shoots down to my groin and i can't sit still",
        "stomach_pain",
        {},
        _PERSON,
    ),
    ("i've had fever and chills for five days on and off, i was in kenya last month", "fever", {}, _PERSON),
    (
        "i've had a really bad headache and fever for two days and my neck is stiff and the light hurts",
        "back_pain",
        {},
        _PERSON,
    ),
    (
        "i'm sixty five i've had a cough with fever for three days and i'm short of breath",
        "breathing",
        {"rest": "yes"},
        _PERSON,
    ),
    ("i've had pain in my chest when i breathe in and i'm short of breath, my leg was in a cast", "chest", {}, _PERSON),
    (
        "my son has had a fever for three days and now he has spots on his wrists, we were camping",
        "fever_child",
        {"meningitis": "yes"},
        _PERSON,
    ),
    ("my mother suddenly can't move her right arm and her speech is slurred", "weakness_numbness", {}, _PERSON),
    (
        "my jaw is stiff and it's hard to swallow and i cut my finger a week ago in the garage",
        "weakness_numbness",
        {},
        _PERSON,
    ),
    (
        "my feet started tingling on monday and now my legs are so weak i can hardly climb the stairs",
        "weakness_numbness",
        {"spreading": "yes"},
        _PERSON,
    ),
    (
        "my eighteen month old is fussy with a fever of a hundred and two and she's pulling at her ear",
        "ear",
        {},
        _CLINIC,
    ),
    (
        "my seven year old has a sore throat and a fever of a hundred and one and a headache since yesterday",
        "sore_throat",
        {},
        _CLINIC,
    ),
    ("i've had a stuffy nose with green stuff and pain in my face for fifteen days", "nose_sinus", {}, _CLINIC),
    (
        "i've got pain in my lower back that shoots down my leg below the knee after i lifted a couch",
        "back_pain",
        {},
        _CLINIC,
    ),
    ("the skin on my shin is red and hot and swollen and it hurts, since two days", "rash", {}, _CLINIC),
    ("i've had fever muscle aches and a headache since yesterday i think it's the flu", "cough", {}, _CLINIC),
    (
        "i'm sixteen i've had a sore throat and fever for two weeks and i'm exhausted all the time",
        "sore_throat",
        {},
        _CLINIC,
    ),
    (
        "i get a burning pain in my upper stomach that comes and goes for two months, eating helps",
        "stomach_pain",
        {},
        _CLINIC,
    ),
    ("i've had a cough for a week with yellow phlegm and a fever of a hundred and one", "cough", {}, _CLINIC),
    ("i've had diarrhea and cramps and a fever since i ate chicken two days ago", "vomiting_diarrhea", {}, _CLINIC),
    (
        "i've had a burning pain on my side for some days and now there are blisters in a strip",
        "stomach_pain",
        {"place": "elsewhere"},
        _CLINIC,
    ),
    ("it burns when i pee and i have to go all the time since yesterday", "urinary", {}, _CLINIC),
    ("when i turn over in bed the room spins for half a minute", "dizziness", {}, _CLINIC),
    ("my big toe is red and swollen and so sore i can't bear a sheet on it", "limb_pain", {}, _CLINIC),
    ("my eyelids have been crusty and irritated every morning for a month", "eye", {}, _CLINIC),
    (
        "i have pain low in my belly and a yellow discharge since a week",
        "stomach_pain",
        {"place": "elsewhere"},
        _CLINIC,
    ),
    ("i've had a runny nose and a sore throat and a bit of a cough for three days no fever", "sore_throat", {}, _HOME),
    ("i've had a cough for ten days with some phlegm but no fever", "cough", {}, _HOME),
    ("i got stung by a bee an hour ago and my hand is a bit swollen and sore", "bite_sting", {}, _HOME),
    ("i have a painful little sore inside my lip since three days", "mouth_teeth", {}, _HOME),
    (
        "i have vaginal itching and white discharge like the yeast infection i had last year",
        "genital",
        {"known": "yes"},
        _HOME,
    ),
    ("i've been constipated for five days", "constipation", {}, _HOME),
    ("my eczema is back, dry itchy skin on my elbows for weeks", "rash", {}, _HOME),
    ("i have a stye on my eyelid since yesterday", "eye", {}, _HOME),
    ("i pulled a tick off my leg this morning it was on for a few hours", "bite_sting", {}, _HOME),
    ("i've been throwing up since last night three times and my stomach is upset", "vomiting_diarrhea", {}, _HOME),
    ("my back hurts since i helped a friend move yesterday", "back_pain", {}, _HOME),
    ("my eyes are itchy and watery and i'm sneezing it happens every spring", "eye", {}, _HOME),
    ("i've been sneezing with a runny nose for weeks it's the pollen", "nose_sinus", {}, _HOME),
    ("i have a scratchy throat since yesterday and no fever", "sore_throat", {}, _HOME),
    ("i bumped my head on a shelf a bit and there's a small lump", "head_injury", {}, _HOME),
    ("i twisted my ankle yesterday but i can walk on it", "injury", {}, _HOME),
]


@pytest.mark.parametrize(("opening", "protocol", "answers", "levels"), STORIES)
def test_story(opening: str, protocol: str, answers: dict[str, str], levels: frozenset[CareLevel]) -> None:
    chosen = protocol_for(opening, PROTOCOLS) or fallback_of(PROTOCOLS)
    assert chosen is not None
    assert chosen.id == protocol
    known = prefill(chosen, opening, FRIDAY)
    asked: list[str] = []
    while isinstance(step := next_step(chosen, known), Ask):
        question = step.question
        usual = {"yes_no": "no", "choice": "elsewhere"}.get(question.kind, _USUAL[question.unit])
        known[question.id] = answers.get(question.id, usual)
        asked.append(question.id)
    assert step.care_level in levels, (step, known)
    assert len(asked) <= 6


@pytest.mark.parametrize(("opening", "protocol", "answers", "levels"), STORIES)
def test_story_of_somebody_who_knows_nothing(
    opening: str, protocol: str, answers: dict[str, str], levels: frozenset[CareLevel]
) -> None:
    """The same first sentence, then only "I don't know": a person, whatever it is."""
    chosen = protocol_for(opening, PROTOCOLS) or fallback_of(PROTOCOLS)
    assert chosen is not None
    known = prefill(chosen, opening, FRIDAY)
    doubted = False
    while isinstance(step := next_step(chosen, known), Ask):
        known[step.question.id] = "unknown"
        doubted = True
    assert not doubted or step.care_level in _PERSON
