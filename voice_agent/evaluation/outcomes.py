"""What the line made of a sentence or of a whole call."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voice_agent.evaluation.cases import Sentence
from voice_agent.triage.care_levels import CareLevel


class Verdict(StrEnum):
    """What became of one utterance. The first two are what the safety figures count."""

    FLAGGED = "flagged"
    """A red flag was raised."""
    ASKED = "asked"
    """A discriminating question was put before anything else."""
    NURSE = "nurse"
    """No flag and no question, but the caller goes to a person."""
    PASSED = "passed"
    """It went to the dialog as any other words do."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the line made of one utterance."""

    verdict: Verdict
    flag: str | None = None
    """The flag that was raised, or asked about."""
    level: CareLevel | None = None
    """Of that flag, as it was raised or would be on a yes."""
    question: str | None = None
    """Id of the discriminating question."""
    evidence: tuple[str, ...] = field(default=(), repr=False)
    words: str = field(default="", repr=False)
    """All that the line understood: the text itself, or what the recogniser made of the sound."""
    probability: float | None = None
    """That these words tell of an emergency, by their meaning; None without a model of meaning."""

    @property
    def caught(self) -> bool:
        """Flagged, or asked about."""
        return self.verdict in {Verdict.FLAGGED, Verdict.ASKED}


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a sentence came over the line."""

    voice: str
    noise: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence and what became of it."""

    sentence: Sentence
    heard: Heard
    spoken: Spoken | None = None
    """None: it was written."""


class Ending(StrEnum):
    """How a whole call ended, for the caller."""

    EMERGENCY = "911"
    NURSE_NOW = "nurse_now"
    NURSE_WITHIN_HOUR = "nurse_within_hour"
    CLINIC_SOON = "clinic_soon"
    """Booked, or told to be seen today or tomorrow."""
    SELF_CARE = "self_care"
    ANSWERED = "answered"
    """An answer, a goodbye, and nothing that says how soon."""
    UNFINISHED = "unfinished"
    """The caller gave up: so many turns and no end."""

    @property
    def level(self) -> CareLevel | None:
        """None where nothing was said about how soon."""
        return CareLevel(self.value) if self.value in set(CareLevel) else None


@dataclass(frozen=True, slots=True)
class Called:
    """One whole call by text."""

    case: str
    """Its id."""
    kind: str
    """`vignette`, `hidden` or `missed` (an emergency that one sentence did not bring to light)."""
    flag: str | None
    needs: tuple[CareLevel, ...]
    """The levels that are just right, the least urgent last."""
    ending: Ending
    asked: tuple[str, ...]
    """Ids of discriminating and protocol questions, in order."""
    red_flag: str | None
    title: str = ""
    lines: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(who, what), the whole conversation."""

    @property
    def safe(self) -> bool:
        """Not less urgent than needed. A caller to whom nothing was said is safe only where self-care would do."""
        level = self.ending.level or CareLevel.SELF_CARE
        return level.rank <= self.needs[-1].rank and self.ending is not Ending.UNFINISHED

    @property
    def exact(self) -> bool:
        """Just as urgent as needed."""
        return self.ending.level in self.needs

    @property
    def is_emergency(self) -> bool:
        """A person must be spoken with within the hour, at least."""
        return self.needs[-1].rank <= CareLevel.NURSE_WITHIN_HOUR.rank

    @property
    def falsely_reassured(self) -> bool:
        """An emergency that ended in a booking, an answer, self-care, or nothing."""
        return self.is_emergency and self.ending in REASSURING


REASSURING: Final = frozenset({Ending.CLINIC_SOON, Ending.SELF_CARE, Ending.ANSWERED, Ending.UNFINISHED})
