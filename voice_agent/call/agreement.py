"""Which words of two ears to believe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from voice_agent.call.events import Transcribed, Word
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.replies import Listen


@dataclass(frozen=True, slots=True)
class AgreementSettings:
    """When which ear is believed. Confidences are between 0 and 1."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    second_alone: float = 0.5
    """Open words of the second ear that Vosk did not hear are believed from this confidence on."""
    vosk_sure: float = 0.9
    """A published model whose every word has this much is sure of an open utterance: the second ear need not listen."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both ears together make of an utterance."""

    text: str = field(repr=False)
    """What the dialog is told."""
    words: tuple[Word, ...] = field(repr=False)
    vosk: str = field(repr=False)
    """What the streaming ear heard."""
    second: str | None = field(repr=False)
    """What the second ear heard; None when it did not listen."""
    unsure: bool = False
    """Neither ear is to be believed: ask again, or offer the keypad. `text` is the best guess."""

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0 to 1; 0 without words."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else 0.0

    def as_final(self, final: Transcribed) -> Transcribed:
        """`final` with the agreed words; all other readings are its alternatives, which the red-flag screen reads."""
        readings = (self.vosk, self.second or "", *final.alternatives)
        others = tuple(dict.fromkeys(reading for reading in readings if reading and reading != self.text))
        return replace(final, text=self.text, words=self.words, alternatives=others)


def wants_second_ear(
    first: Transcribed,
    listen: Listen,
    kind: EarKind,
    settings: AgreementSettings,
    *,
    may_matter: bool,
) -> bool:
    """Whether the second ear should hear what Vosk made `first` of. `may_matter`: the words may matter clinically."""
    if kind is EarKind.BUILT_IN or may_matter:
        return True
    return not first.words or min(word.confidence for word in first.words) < settings.vosk_sure


def agree(
    first: Transcribed,
    second: SecondHearing | None,
    listen: Listen,
    kind: EarKind,
    settings: AgreementSettings,
) -> Agreed:
    """What to believe. `first`: all that Vosk heard of the utterance; `second`: None when it was not asked or shed."""
    if second is None or second.text == first.text:
        return Agreed(first.text, first.words, first.text, second.text if second else None)
    if kind is EarKind.BUILT_IN and listen is Listen.OPEN and second.text:
        return Agreed(second.text, second.words, first.text, second.text)
    return Agreed(first.text, first.words, first.text, second.text)
