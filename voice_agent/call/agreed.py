"""What two ears have agreed on, and how far each is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from voice_agent.call.word import Word, mean_confidence


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """When which ear is believed. Confidences are between 0 and 1, means over the words of an utterance."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    published_ahead: float = 0.1
    """So much is added to the confidence of a published Vosk model before it is compared with the second ear's."""
    ahead: float = 8.0
    """Where the second ear compared both texts, its own is believed when this is less than the sum of: how much
    likelier it is to the second ear than Vosk's, natural logarithm for each word …"""
    second_counts: float = 19.0
    """… this times the second ear's confidence …"""
    vosk_counts: float = 11.0
    """… less this times Vosk's …"""
    answer_counts: float = 6.0
    """… and this, when only the second ear's words answer a question for a day, a time or a name; less it, when only
    Vosk's do …"""
    caller_counts: float = 0.5
    """… and this times by how much the second ear was ahead for the same caller before."""
    caller_most: float = 4.0
    """One utterance counts no more than this for the next ones, which it counts half as much each time."""
    patch: float = 0.97
    """A stretch of the other ear's words is taken over from this confidence on …"""
    patched: float = 0.5
    """… where the words believed have less than this."""
    vosk_alone: float = 0.85
    """Vosk's words are believed from this confidence on where the second ear heard nothing."""
    least: float = 0.45
    """Words of which neither ear is surer than this are believed by nobody: the caller is asked again."""
    voiced_ms: int = 300
    """Milliseconds of speech: with less, what only one ear heard was a noise, unless it is `sure` of it."""
    sure: float = 0.8
    """See `voiced_ms`."""
    answer: float = 0.5
    """An answer to a closed question is believed from this confidence on, and below it when both ears heard it."""
    vosk_sure: float = 0.9
    """A published model whose every word has this much is sure of an utterance: the second ear need not listen."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both ears together make of an utterance."""

    text: str = field(repr=False)
    """What the dialog is told; "" when nobody spoke, or nothing can be believed."""
    words: tuple[Word, ...] = field(repr=False)
    vosk: str = field(repr=False)
    """What the streaming ear heard."""
    second: str | None = field(repr=False)
    """What the second ear heard; None when it did not listen."""
    ahead_by: float | None = None
    """By how much the sum of `AgreementSettings.ahead` was above it; none where nothing was compared."""
    unsure: bool = False
    """Somebody spoke, and neither ear is to be believed: ask again, or offer the keypad. `text` is a guess, or ""."""

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0 to 1; 0 without words."""
        return mean(self.words)


def mean(words: Sequence[Word]) -> float:
    """Mean confidence, 0 to 1; 0 without words."""
    return mean_confidence(words) or 0.0


def with_times(words: Sequence[Word], timed: Sequence[Word]) -> tuple[Word, ...]:
    """The words with the times of those that stand in the same place of what Vosk heard, which knows times."""
    if not timed:
        return tuple(words)
    placed = list(words)
    for place, word in enumerate(words):
        # In proportion: the ears differ in words, hardly ever in where they are.
        like = timed[place * len(timed) // len(words)]
        placed[place] = replace(word, start_ms=like.start_ms, end_ms=like.end_ms)
    return tuple(placed)
