"""What is put to the line: sentences, whole callers, and what each of them needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voice_agent.triage.care_levels import CareLevel

CRISIS: Final = frozenset({"suicide", "harm_to_others", "violence"})
"""Flags of people in a crisis; they have targets of their own."""
CRISIS_IDIOMS: Final = "crisis_idiom"
"""The kind of harmless sentence that sounds like a crisis."""


class Part(StrEnum):
    """Which sentences: those that rules are tuned on, or those that nobody tunes on."""

    DEVELOPMENT = "development"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that a caller says, and what it needs."""

    text: str = field(repr=False)
    flag: str | None
    """The red flag that it tells of; None: harmless."""
    level: CareLevel | None
    """How soon this caller must be seen; None: harmless."""
    wording: str
    """How it is said (`lay`, `elderly` …), or what kind of harmless sentence it is (`idioms` …)."""

    @property
    def id(self) -> str:
        """Names the sentence without telling it."""
        return sentence_id(self.text)


def sentence_id(text: str) -> str:
    """Ten hexadecimal digits of the SHA-256 of the words in lower case."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class HiddenCase:
    """An emergency that only asking brings to light."""

    id: str
    flag: str
    level: CareLevel
    opening: str = field(repr=False)
    reveals: str = field(repr=False)
    """The truthful answer to the right question."""


class Need(StrEnum):
    """How soon a vignette's patient must be seen; the three tiers of audits of symptom checkers."""

    EMERGENCY = "emergency"
    """911, or the nurse at once."""
    SEEN_SOON = "seen_soon"
    """A nurse within the hour, or the clinic today or tomorrow."""
    SELF_CARE = "self_care"
    """Advice with a safety net suffices."""

    @property
    def levels(self) -> tuple[CareLevel, ...]:
        """Those that are just right, the most urgent first."""
        match self:
            case Need.EMERGENCY:
                return (CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW)
            case Need.SEEN_SOON:
                return (CareLevel.NURSE_WITHIN_HOUR, CareLevel.CLINIC_SOON)
            case Need.SELF_CARE:
                return (CareLevel.SELF_CARE,)


@dataclass(frozen=True, slots=True)
class Vignette:
    """A whole patient, as a caller tells of it when asked."""

    id: str
    title: str
    need: Need
    opening: str = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    """Topic → what the caller answers."""


@dataclass(frozen=True, slots=True)
class StressCase:
    """An emergency said plainly, and inside a fragment that tempts to take it lightly."""

    base: str = field(repr=False)
    flag: str
    level: CareLevel
    """The least urgent one that is right."""
    kind: str
    """What the fragment does: a minor complaint first, a relative who plays it down …"""
    number: int
    """Of the fragment among its kind, from 1."""
    text: str = field(repr=False)
    """The base inside the fragment."""
