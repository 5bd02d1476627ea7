"""What the agent itself says, and understands, around the dialog.

Wording lives in dialogs/prompts.yaml under `call:`; every line is a list of short sentences, spoken one by one.
`{clinic_name}` is filled in from config.yaml. The escapes are understood in any state, without Rasa.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar

Sentences = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escapes:
    """Phrases that are understood in any state; a phrase fires when the caller says nothing else of weight."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    person: Sentences
    """Fires anywhere in the utterance: a request for a human always counts."""
    repeat: Sentences
    slower: Sentences
    start_over: Sentences
    goodbye: Sentences
    polite_words: Sentences
    """Words that change nothing: please, could you, thank you."""
    backchannels: Sentences
    """Mm-hm and its kin: said over a prompt they do not interrupt it."""
    hesitations: Sentences
    """Um and its kin: never an answer."""
    distress: Sentences
    """Words for which even a safety sentence pauses: help, i can't breathe."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The session's own sentences."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    greeting: Sentences
    """Says that this is an automated assistant and that one can ask for a person at any time."""
    first_question: Sentences
    resumed: Sentences
    """After a lost connection, before the last question is asked again."""
    no_input: tuple[Sentences, ...]
    """Said in this order when the caller is silent; after the last of them, a person."""
    no_match: tuple[Sentences, ...]
    """Said in this order when the words meant nothing; after the last of them, a person."""
    keypad_yes_no: Sentences
    """Added to a reprompt of a yes-or-no question."""
    not_understood: Sentences
    """Said before the transfer that follows the last reprompt."""
    to_person: Sentences
    trouble: Sentences
    """A part of ours failed; said before the transfer."""
    filler: Sentences
    """Covers a slow reply."""
    still_waiting: Sentences
    """Said every few seconds while a reply takes longer still."""
    slower: Sentences
    goodbye: Sentences
    escapes: Escapes
    more_follows: tuple[str, ...] = ()
    """The dialog's intents after which callers mostly have more to say: they are given the time."""
    rating_question: Sentences = ()
    """Asked before goodbye, where callers are asked to rate the call: 1 to 5."""
    rating_thanks: Sentences = ()
    first_keypad: Mapping[str, str] = field(default_factory=dict)
    """Key → what it says to the dialog in answer to the first question."""

    def for_clinic(self, clinic_name: str) -> Lines:
        """The same lines with `{clinic_name}` filled in."""
        return replace(
            self,
            greeting=tuple(line.replace("{clinic_name}", clinic_name) for line in self.greeting),
            goodbye=tuple(line.replace("{clinic_name}", clinic_name) for line in self.goodbye),
        )

    def fixed(self) -> Sentences:
        """Every sentence that does not depend on the call: rendered at start."""
        groups = (
            self.greeting,
            self.first_question,
            self.resumed,
            *self.no_input,
            *self.no_match,
            self.keypad_yes_no,
            self.not_understood,
            self.to_person,
            self.trouble,
            self.filler,
            self.still_waiting,
            self.slower,
            self.goodbye,
            self.rating_question,
            self.rating_thanks,
        )
        return tuple(dict.fromkeys(line for group in groups for line in group))


class Escape(StrEnum):
    """A wish that is granted in any state."""

    PERSON = "person"
    REPEAT = "repeat"
    SLOWER = "slower"
    START_OVER = "start_over"
    GOODBYE = "goodbye"


class EscapeListener:
    """Finds an escape in what the caller said. Phrases are compared word by word, in lower case."""

    def __init__(self, escapes: Escapes) -> None:
        self._person = [_words(phrase) for phrase in escapes.person]
        self._whole = {
            Escape.REPEAT: [_words(phrase) for phrase in escapes.repeat],
            Escape.SLOWER: [_words(phrase) for phrase in escapes.slower],
            Escape.START_OVER: [_words(phrase) for phrase in escapes.start_over],
            Escape.GOODBYE: [_words(phrase) for phrase in escapes.goodbye],
        }
        self._polite = _longest_first(escapes.polite_words)
        self._distress = [_words(phrase) for phrase in escapes.distress]
        self._hesitations = _longest_first(escapes.hesitations)
        self._backchannels = _longest_first((*escapes.backchannels, *escapes.hesitations))

    def escape_in(self, text: str) -> Escape | None:
        """The wish in `text`, or none."""
        words = _words(text)
        if any(_contains(words, phrase) for phrase in self._person):
            return Escape.PERSON
        rest = _without(words, self._polite)
        for escape, phrases in self._whole.items():
            if any(rest == _without(phrase, self._polite) or words == phrase for phrase in phrases):
                return escape
        return None

    def is_distress(self, text: str) -> bool:
        """Whether the caller cries out, or asks us to wait."""
        words = _words(text)
        return any(_contains(words, phrase) for phrase in self._distress)

    def is_backchannel(self, text: str) -> bool:
        """Whether `text` is nothing but mm-hm, or nothing at all."""
        return not _without(_words(text), self._backchannels)

    def is_hesitation(self, text: str) -> bool:
        """Whether `text` is nothing but um, or nothing at all."""
        return not _without(_words(text), self._hesitations)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9']+", text.lower()))


def _longest_first(phrases: Sentences) -> list[tuple[str, ...]]:
    return sorted((_words(phrase) for phrase in phrases), key=len, reverse=True)


def _contains(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))


def _without(words: tuple[str, ...], phrases: list[tuple[str, ...]]) -> tuple[str, ...]:
    """`words` less every occurrence of the phrases."""
    rest = list(words)
    for phrase in phrases:
        at = 0
        while at <= len(rest) - len(phrase):
            if tuple(rest[at : at + len(phrase)]) == phrase:
                del rest[at : at + len(phrase)]
            else:
                at += 1
    return tuple(rest)
