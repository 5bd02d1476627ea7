"""What a nurse is whispered: who, what and how bad, in at most twelve seconds.

Built from the summary's facts, said in the order of SBAR, and trimmed by importance until it is short enough. How long
words take is reckoned from their letters, at the pace of our own voice; a test compares it with the voice itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from voice_agent.call.handoff import CallSummary, caller_words
from voice_agent.triage.care_levels import CareLevel

LONGEST_S: Final = 12.0
LETTER_S: Final = 0.056
SENTENCE_S: Final = 0.42
"""What a letter, a space counted as one, and the pause behind a sentence take at 165 words a minute."""
DIGIT_S: Final = 0.35
"""A digit is a word."""
MOST_WORDS: Final = 14
TRIMS: Final = ((9, 14), (7, 14), (6, 14), (5, 10), (4, 10), (3, 10), (3, 7), (3, 5), (2, 5))
"""Tried in this order: only what is more important than that (0 is the most), and so many of the caller's words."""
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class _Part:
    """One sentence of the brief."""

    place: int
    """Where it is said."""
    importance: int
    """What is least important is left out first; 0 and 1 never are."""
    text: str


def brief(summary: CallSummary) -> str:
    """The SBAR as it is whispered to the nurse."""
    parts: list[_Part] = []
    for least, words in TRIMS:
        parts = [part for part in _parts(summary, words) if part.importance < least]
        if _seconds(parts) <= LONGEST_S:
            break
    return " ".join(part.text for part in sorted(parts, key=lambda part: part.place))


def read_back(summary: CallSummary) -> str | None:
    """The caller's words as they are read back in the wait; none when there is nothing about an ailment to read."""
    about_health = summary.red_flag or "symptom" in summary.learned
    return caller_words(summary, MOST_WORDS) or None if about_health else None


def spoken_seconds(text: str) -> float:
    """About how long our voice takes for it at 165 words a minute; rather too long than too short."""
    digits = len(re.findall(r"\d", text))
    return LETTER_S * len(text) + SENTENCE_S * max(1, len(re.findall(r"[.!?:,]", text))) + DIGIT_S * digits


def _seconds(parts: list[_Part]) -> float:
    return spoken_seconds(" ".join(part.text for part in parts))


def _parts(summary: CallSummary, words: int) -> list[_Part]:
    """Each sentence with its place and its importance."""
    name = _cut(summary.learned.get("name", ""), 4)
    born = summary.learned.get("date_of_birth", "")
    flag = summary.red_flag
    # A red flag is a suspicion that was raised, not a diagnosis.
    what = f"Red flag: {_cut(flag.title, 8)}" if flag else _cut(summary.reason, 12) or "Asks for a person"
    parts = [
        _Part(0, 0, f"{what}."),
        _Part(7, 1, _urgency(summary.care_level)),
    ]
    if name:
        parts.append(_Part(1, 2, f"{name}, not verified."))
    if born:
        year = _YEAR.search(born)
        parts.append(_Part(2, 7, f"Born {year[0] if year else _cut(born, 4)}."))
    if said := caller_words(summary, words):
        parts.append(_Part(3, 1 if flag else 2, f"Said: {said}."))
    if symptom := summary.learned.get("symptom"):
        parts.append(_Part(4, 5, f"Symptom: {_cut(symptom, 5)}."))
    for place, answer in enumerate(summary.answers[-3:]):
        asked = answer.question.replace("_", " ").replace(".", " ")
        parts.append(_Part(5, 6 - place // 2, f"{_cut(asked, 5)}: {_cut(answer.answered, 5)}."))
    if summary.safety_heard is False:
        parts.append(_Part(6, 2, "Advice not heard to its end."))
    elif summary.safety_heard:
        parts.append(_Part(6, 4, "Advice heard."))
    return parts


def _urgency(level: CareLevel | None) -> str:
    return {
        CareLevel.EMERGENCY_911: "Possible emergency: confirm 911.",
        CareLevel.NURSE_NOW: "Needs you now.",
        CareLevel.NURSE_WITHIN_HOUR: "Needs a nurse within the hour.",
        CareLevel.CLINIC_SOON: "To be seen today or tomorrow.",
        CareLevel.SELF_CARE: "Wants a person.",
        None: "Wants a person.",
    }[level]


def _cut(text: str, words: int) -> str:
    return " ".join(text.split()[:words]).rstrip(".,;:")
