"""Many invented cases, short and long, of which a nurse is to be told."""

from __future__ import annotations

import random

from voice_agent.call.handoff import Answer, CallSummary, Evidence, RedFlagRaised, TurnRecord
from voice_agent.triage.care_levels import CareLevel

NAMES = ("", "Ann Example", "Maria Guadalupe Garcia Fernandez", "Bartholomew Featherstonehaugh", "Bo")
BORN = ("", "1952-03-03", "May 4, 1961", "the 23rd of November 1948")
SYMPTOMS = ("", "chest pain", "a headache that came on all of a sudden", "stomach pain")
TITLES = (
    "Heart attack",
    "Stroke",
    "Severe allergic reaction with trouble breathing",
    "Thoughts of suicide",
    "Bleeding in pregnancy",
)
WORDS = (
    "my chest hurts and it goes down into my left arm and I am sweating",
    "he cannot lift his right arm and his mouth hangs down on one side since half an hour",
    "I can't breathe",
    "the worst headache of my whole life",
    "she took about thirty of the blue tablets at 10 this morning",
    "",
)
REASONS = ("", "Asked for a person", "Unclear answer to: Is the pain worse than any you have had before?")
ANSWERS = (
    Answer("headache.sudden", "Did it come on suddenly?", "yes within a few seconds I think"),
    Answer("fever.temperature", "What is the temperature?", "102 point 4"),
    Answer("stomach_pain.pregnant", "Could you be pregnant?", "no"),
    Answer("chest.spreading_to_the_arm_or_the_jaw", "Does it spread?", "into the jaw and a bit into the left shoulder"),
)


def cases(number: int, seed: int = 6) -> list[CallSummary]:
    """So many, the same ones every time."""
    chance = random.Random(seed)
    return [_case(chance, place) for place in range(number)]


def _case(chance: random.Random, place: int) -> CallSummary:
    level = chance.choice([*CareLevel, None])
    said = chance.choice(WORDS)
    flag = None
    if chance.random() < 0.6:
        evidence = tuple(Evidence(words) for words in chance.sample(WORDS, chance.randint(1, 2)) if words)
        level = CareLevel.EMERGENCY_911
        flag = RedFlagRaised("flag", chance.choice(TITLES), level, evidence, chance.randint(2_000, 90_000), "1")
    learned = {"name": chance.choice(NAMES), "date_of_birth": chance.choice(BORN), "symptom": chance.choice(SYMPTOMS)}
    return CallSummary(
        f"CA{place}",
        "+15550142",
        "2026-03-02T13:58:50-05:00",
        reason=chance.choice(REASONS),
        care_level=level,
        red_flag=flag,
        learned={name: value for name, value in learned.items() if value},
        answers=tuple(chance.sample(ANSWERS, chance.randint(0, len(ANSWERS)))),
        turns=(TurnRecord("caller", said, 9_000, 0.8),) if said else (),
        safety_heard=chance.choice([None, True, False]) if flag else None,
    )
