"""How long the caller is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from voice_agent.call.replies import Listen


@dataclass(frozen=True, slots=True)
class EndpointSilence:
    """Milliseconds of silence that end an utterance whose words decide nothing, by what was asked."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    open: int = 700
    yes_no: int = 600
    digits: int = 900
    date: int = 800
    time: int = 600
    name: int = 700

    def for_answer(self, listen: Listen) -> int:
        """The silence that ends an answer of this kind."""
        silences: Mapping[Listen, int] = {
            Listen.OPEN: self.open,
            Listen.YES_NO: self.yes_no,
            Listen.DIGITS: self.digits,
            Listen.DATE: self.date,
            Listen.TIME: self.time,
            Listen.NAME: self.name,
        }
        return silences[listen]


@dataclass(frozen=True, slots=True)
class LikelySilence:
    """Milliseconds of silence that end words which may well be all."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    open: int = 440
    """A wish that the dialog understands."""
    closed: int = 200
    """A name of two words, a time, a day."""

    def for_answer(self, listen: Listen) -> int:
        """The silence for an answer of this kind."""
        return self.open if listen is Listen.OPEN else self.closed


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """How turns are taken. All times are audio time in milliseconds."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    look_after_ms: int = 60
    """Silence after which the words so far are asked for, to see whether they answer the question."""
    likely_silence_ms: LikelySilence = field(default_factory=LikelySilence)
    endpoint_silence_ms: EndpointSilence = field(default_factory=EndpointSilence)
    goes_on_ms: int = 1200
    """Silence that ends words which plainly go on."""
    own_pauses: float = 1.15
    """A silence ends no open answer, and nothing unclear, before it is so many times as long as this caller's pauses
    so far behind words that might have been all; 0 forgets them. Who searches for the next word ("i need a … blood
    test") does not pause behind the last one."""
    own_pauses_most_ms: int = 1200
    """What a caller's own pauses can raise the silence to."""
    understood_confidence: float = 0.8
    """The dialog's confidence, 0 to 1, from which a wish counts as understood."""
    onset_ms: int = 100
    """Unbroken speech that counts as a beginning; shorter is a click."""
    words_over_prompt: int = 3
    """So many words, while they are still being heard, stop a prompt; fewer wait for the end of what is said."""
    word_confidence: float = 0.75
    """Words over a prompt with less confidence, 0 to 1, were a noise, and the prompt goes on."""
    no_input_ms: int = 7000
    """Silence after a question that counts as no answer."""
    after_sound_ms: int = 2500
    """The same after a sound without a word, which may have been a short answer."""
    longest_utterance_ms: int = 30000
    """A caller who speaks on is answered after this long, so that noise cannot hold the line for ever."""
    flush_ms: int = 2000
    """Flushed words that are not back after this long count as none."""
    wordless_ms: int = 600
    """Speech without a word, at least this long, counts as not understood; shorter is a noise."""
    keys_ms: int = 2500
    """Pause after the last key that ends a number typed on the keypad; # ends it at once."""
