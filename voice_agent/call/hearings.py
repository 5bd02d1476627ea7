"""What two ears made of one utterance."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from voice_agent.call.word import Word, mean_confidence


class EarKind(StrEnum):
    """What the streaming ear's model was made for: decides how far its words are believed."""

    BUILT_IN = "built_in"
    """The project's own model: synthetic voices."""
    PUBLISHED = "published"
    """A published Vosk model, trained on people."""


@dataclass(frozen=True, slots=True)
class SecondHearing:
    """What the second ear heard in one finished utterance, in the words that Vosk would use."""

    text: str = field(default="", repr=False)
    """All words, free of any grammar; "" when it heard none, or none that it can have heard in so little sound."""
    words: tuple[Word, ...] = field(default=(), repr=False)
    """The same words, each with its confidence. This ear knows no times: they are those of the whole sound, from 0."""
    answer: str = field(default="", repr=False)
    """The likeliest answer to the closed question that was asked, whatever else was heard; "" without one."""
    answer_confidence: float = 0.0
    """How far that answer is to be believed, 0 to 1, against all that may have been said instead."""
    ahead: float | None = None
    """How much likelier its words are to this ear than those of the streaming ear, natural logarithm for each word;
    none when it was not asked, or there was nothing to compare."""
    audio_ms: int = 0
    """Length of the sound."""
    took_ms: float = 0.0
    """What it cost, on the wall."""

    @property
    def confidence(self) -> float | None:
        """Mean word confidence, 0 to 1; none without words."""
        return mean_confidence(self.words)
