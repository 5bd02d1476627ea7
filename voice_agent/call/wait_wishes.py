"""What a caller who waits for a nurse says to the line: to be called back, or that the nurse is told wrong.

The line speaks in the wait, and a loudspeaker may send its words back: what stands so in our own sentences is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from voice_agent.understanding.words import expanded, place_of
from voice_agent.understanding.yes_no import yes_no

NEGATED_WITHIN: Final = 3
"""Words before a phrase in which a "not" turns it round: "please do not call me back"."""
OURS_BEYOND: Final = 3
"""So many words of our own sentence beside a phrase, and it is our echo."""
ECHO_WORDS: Final = 5
_NOT: Final = frozenset({"not", "never", "without"})


class Wish(StrEnum):
    """What is wanted."""

    CALL_BACK = "call_back"
    NOT_RIGHT = "not_right"
    """What was read back is not what the caller said."""
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class WaitWords:
    """What callers say for it; one phrase in what is heard is enough."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    call_back: tuple[str, ...] = (
        "call me back",
        "call me later",
        "call back",
        "called back",
        "callback",
        "ring me back",
        "phone me back",
        "give me a call",
        "have someone call me",
        "have a nurse call me",
        "can't wait",
        "don't want to wait",
        "rather not wait",
    )
    not_right: tuple[str, ...] = (
        "not right",
        "not correct",
        "that's wrong",
        "this is wrong",
        "it's wrong",
        "incorrect",
        "not what I said",
        "didn't say that",
        "never said that",
    )
    go_on: tuple[str, ...] = ("keep waiting", "go on waiting", "I'll wait", "stay on the line", "I'll hold")
    """In answer to whether one would rather be called back: no."""


def wish(text: str, words: WaitWords, *, asked: bool = False, ours: Sequence[str] = ()) -> Wish | None:
    """What these words ask for; None for nothing.

    `asked`: the caller was just asked whether to be called back, so that YES and NO are answers. `ours`: the sentences
    that the line speaks meanwhile.
    """
    return _of(expanded(text), text, words, asked, [expanded(sentence) for sentence in ours])


def is_echo(text: str, ours: Sequence[str]) -> bool:
    """Whether this is our own voice that came back: at least half of it, five words or more, stands in one sentence."""
    heard = expanded(text)
    longest = max((_shared(heard, expanded(sentence)) for sentence in ours), default=0)
    return longest >= max(ECHO_WORDS, len(heard) / 2)


def _of(heard: list[str], text: str, words: WaitWords, asked: bool, ours: Sequence[list[str]]) -> Wish | None:
    if asked and _says(heard, words.go_on, ours):
        return Wish.NO
    if _says(heard, words.call_back, ours):
        return Wish.YES if asked else Wish.CALL_BACK
    if asked:
        answer = yes_no(text)
        return None if answer is None else Wish.YES if answer else Wish.NO
    return Wish.NOT_RIGHT if _says(heard, words.not_right, ours) else None


def _says(heard: list[str], phrases: Sequence[str], ours: Sequence[list[str]]) -> bool:
    """Whether one of the phrases is said, by the caller and not denied."""
    for phrase in map(expanded, phrases):
        place = place_of(phrase, heard)
        if place is None or _NOT & set(heard[max(0, place - NEGATED_WITHIN) : place]):
            continue
        if not any(_shared(heard, sentence) >= len(phrase) + OURS_BEYOND for sentence in ours):
            return True
    return False


def _shared(heard: list[str], sentence: list[str]) -> int:
    """The longest run of words that stands in both."""
    longest = 0
    for start in range(len(heard)):
        for end in range(len(heard), start + longest, -1):
            if place_of(heard[start:end], sentence) is not None:
                longest = end - start
                break
    return longest
