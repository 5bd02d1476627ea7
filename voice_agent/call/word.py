"""One recognised word."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word."""

    text: str = field(repr=False)
    start_ms: int
    end_ms: int
    confidence: float
    """0 to 1."""
