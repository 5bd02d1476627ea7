"""A red flag that was raised, with evidence.

It lies below `call/` because the screen makes it; `call/handoff.py` hands it on to the nurse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.triage.care_levels import CareLevel


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of the caller that raised a red flag."""

    words: str = field(repr=False)
    start_ms: int | None = None
    """Audio time; none when the recogniser gave no times (a partial, a typed text)."""
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RedFlagRaised:
    """A red flag, latched for the rest of the call."""

    flag: str
    """Id in dialogs/red_flags.yaml."""
    title: str
    """For the nurse: `Heart attack`."""
    care_level: CareLevel
    evidence: tuple[Evidence, ...] = field(repr=False)
    at_ms: int
    content_version: str
    """Version of the red-flag content that fired."""
