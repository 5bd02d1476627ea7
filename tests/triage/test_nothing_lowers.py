"""Nothing that is said around an emergency makes it less urgent.

Factorial: every base sentence with every fragment, before it and behind it. The first minor complaint, somebody's
opinion, no money, a person who calls for another and a correction may add to what is understood, never take from it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.red_flags import RedFlagScreen

SCREEN = RedFlagScreen(
    strict_yaml.read(Path(__file__).resolve().parents[2] / "dialogs" / "red_flags.yaml", RedFlagContent)
)
ASKED, NOTHING = 10, 11
"""Ranks below every care level that is raised."""
BASES = [
    "my chest feels tight and i'm sweating",
    "there's an elephant sitting on my chest",
    "the left side of my face has dropped",
    "my right arm went dead all of a sudden and i keep dropping things",
    "i can't get a breath in",
    "my tongue is swelling up after eating peanuts",
    "he's passed out on the kitchen floor and not responding",
    "worst headache of my life",
    "i'm throwing up blood",
    "the blood is spurting out of my leg",
    "i want to kill myself",
    "i don't want to be here any more",
    "i took the whole bottle of tylenol",
    "i might hurt someone",
    "my husband hit me",
    "my newborn is burning up",
    "my baby is limp",
    "i'm pregnant and i have a fever",
    "numb where i sit and can't pee",
    "my son's ball is killing him",
    "half of it went dark in my left eye",
    "on chemo with a temp",
    "my stitches came apart",
    "my stomach hurts",
    "my back hurts",
    "my baby has a fever",
    "i feel so depressed",
    "something is wrong with me",
    "my dad looks awful",
    "my legs are swollen",
]
BEFORE = {
    "minor first": [
        "i have a runny nose and",
        "i'd like to reschedule my physical oh and",
        "i need a refill on my allergy pills and also",
        "it's just a little tired feeling no wait that's not all",
        "i've got an appointment on tuesday but",
    ],
    "anti-anchoring": [
        "my husband says it's nothing but",
        "my wife thinks i'm being dramatic but",
        "it's probably nothing but",
        "everyone tells me it is just anxiety but",
        "i don't want to bother anybody but",
        "the nurse last week said not to worry but",
    ],
    "no access": [
        "i don't have insurance and i can't afford an ambulance but",
        "i have no way to get to the hospital and",
        "i can't pay another bill but",
    ],
    "another person": ["i'm calling for a friend who says", "my neighbor asked me to call and say"],
    "correction": ["i have a cough no wait", "it's my foot sorry no it isn't", "no actually"],
    "denial of something else": ["no fever no cough but", "i don't smoke and"],
}
BEHIND = [
    "but my husband says it's nothing",
    "and i need a refill too",
    "but i can't afford the hospital",
    "and my insurance card changed",
    "i have a runny nose too",
    "but i don't have a fever",
    "and can i book an appointment",
    "it's probably just stress",
    "my sister had the same last year",
]
FRAGMENTS = [
    *(f"{text} {{}}" for texts in BEFORE.values() for text in texts),
    *(f"{{}} {text}" for text in BEHIND),
]


def rank(text: str) -> int:
    """0 is 911; the higher, the less urgent."""
    screening = SCREEN.screen(text)
    if screening.level is not None:
        return screening.level.rank
    return ASKED if screening.ask is not None else NOTHING


@pytest.mark.parametrize("base", BASES)
def test_no_fragment_lowers_the_level(base: str) -> None:
    alone = rank(base)
    assert alone < NOTHING
    assert [said for fragment in FRAGMENTS if rank(said := fragment.format(base)) > alone] == []
