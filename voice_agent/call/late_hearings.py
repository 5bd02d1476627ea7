"""Utterances that were acted upon before the second ear had heard them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from voice_agent.call.events import HeardAgain, Transcribed
from voice_agent.call.replies import Listen
from voice_agent.call.second_listening import SecondListening
from voice_agent.call.signals import Utterance

_MOST: Final = 8
"""So many are remembered; one call waits for one or two."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    utterance: Utterance
    listen: Listen
    counted: bool


@dataclass(frozen=True, slots=True)
class Late:
    """An utterance as both ears heard it, too late for its turn."""

    utterance: Utterance
    counted: bool
    """It was acted upon; else it had passed for a noise."""
    heard: Transcribed = field(repr=False)
    """What the second ear heard, for the red-flag screen."""


class LateHearings:
    """One call's."""

    def __init__(self, second: SecondListening) -> None:
        self._second = second
        self._remembered: dict[int, _Remembered] = {}

    def remember(self, utterance: Utterance, listen: Listen, *, counted: bool) -> None:
        """The utterance is over; when the second ear still listens to it, the answer will be known for late."""
        if utterance.still_heard is not None:
            self._remembered[utterance.still_heard] = _Remembered(utterance, listen, counted)
            if len(self._remembered) > _MOST:
                self.forget(min(self._remembered))

    def forget(self, look: int) -> None:
        """It was not heard."""
        self._remembered.pop(look, None)

    def take(self, event: HeardAgain, now_ms: int) -> Late | None:
        """The utterance that this answer is about; none when it is not late."""
        known = self._remembered.pop(event.utterance, None)
        if known is None:
            return None
        utterance = self._second.late(known.utterance, event, known.listen)
        second = event.hearing
        first = (known.utterance.first.text,) if known.utterance.first and known.utterance.first.text else ()
        heard = Transcribed(second.text, now_ms, final=True, words=second.words, alternatives=first)
        return Late(utterance, known.counted, heard)
