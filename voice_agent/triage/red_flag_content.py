"""The shape of dialogs/red_flags.yaml.

Read by `strict_yaml.read(path, RedFlagContent)`; what types cannot say is checked by `red_flag_problems`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.cues import Doubt
from voice_agent.triage.measures import Measure

STRICT: ConfigDict = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class FindingContent:
    """Something that a caller may say: a symptom, its quality, a circumstance."""

    __pydantic_config__ = STRICT
    says: tuple[str, ...]
    """Patterns (`patterns.py`), any of which is this finding."""
    unless: tuple[str, ...] = ()
    """Patterns that, over the same words, mean something else: `chest x ray`."""
    even_if: tuple[Doubt, ...] = ()
    """Doubts that do not take it away: an operation counts though it is past."""
    loose: bool = False
    """Its patterns are wide ("arm .. not"): a "not" in them stays free to deny what else is said."""


@dataclass(frozen=True, slots=True)
class MeasureContent:
    """A finding that is a number."""

    __pydantic_config__ = STRICT
    measure: Measure
    at_least: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class SoundsLike:
    """A mis-recognition that we expect."""

    __pydantic_config__ = STRICT
    heard: str
    meant: str
    near: tuple[str, ...] = ()
    """Only when one of these words (`pain*`) is in the utterance; none: always."""


@dataclass(frozen=True, slots=True)
class QuestionContent:
    """One question that brings a hidden emergency to light; "yes" raises the flag."""

    __pydantic_config__ = STRICT
    id: str
    sentence: str
    when: tuple[str, ...]
    """Rules, any of which makes us ask."""
    when_weak: tuple[str, ...] = ()
    """Rules of words that say little alone: we ask unless a second opinion finds their meaning far from danger."""
    disposition: CareLevel | None = None
    """On "yes", when other than the flag's own."""
    listen: Literal["yes_no"] = "yes_no"
    must_ask: tuple[str, ...] = ()
    """Phrases that must lead to this question (or to a red flag)."""


@dataclass(frozen=True, slots=True)
class RedFlagEntry:
    """One red flag."""

    __pydantic_config__ = STRICT
    id: str
    version: int
    title: str
    """For the nurse."""
    disposition: CareLevel
    authority: str
    """The public source that it follows."""
    approved_by: str | None
    """The clinic's clinician who signed it; null until then."""
    safety_sentence: str
    """Key in `scripts`."""
    rules: tuple[str, ...] = ()
    """Any of these raises it: findings joined by ` + `, either by `/`, absence by `not `."""
    rules_911: tuple[str, ...] = ()
    """Any of these raises it as 911, whatever its disposition."""
    safety_sentence_911: str | None = None
    """Key in `scripts` for those."""
    ask: tuple[QuestionContent, ...] = ()
    must_fire: tuple[str, ...] = ()
    must_not_fire: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RedFlagContent:
    """Everything in dialogs/red_flags.yaml."""

    __pydantic_config__ = STRICT
    version: str
    """Of the whole content; every red flag that is raised carries it."""
    scripts: dict[str, tuple[str, ...]]
    """What is said first, by key: short sentences that neither reassure nor diagnose."""
    words: dict[str, tuple[str, ...]]
    """Groups of words that patterns name as `<group>`."""
    findings: dict[str, FindingContent]
    measures: dict[str, MeasureContent]
    red_flags: tuple[RedFlagEntry, ...]
    idioms: tuple[str, ...] = ()
    """Patterns whose words are never meant: `phone .. dying`."""
    sounds_like: tuple[SoundsLike, ...] = field(default=())
    decisive: tuple[str, ...] = ()
    """Words that change what is done; heard by their sound where a recogniser broke or doubted them."""

    def ids(self) -> tuple[str, ...]:
        """Of all red flags."""
        return tuple(flag.id for flag in self.red_flags)
