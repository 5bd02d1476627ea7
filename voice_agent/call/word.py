"""One recognised word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word."""

    text: str = field(repr=False)
    start_ms: int
    end_ms: int
    confidence: float
    """0 to 1."""


def mean_confidence(words: Sequence[Word]) -> float | None:
    """Of the words, 0 to 1; none without words."""
    return sum(word.confidence for word in words) / len(words) if words else None
