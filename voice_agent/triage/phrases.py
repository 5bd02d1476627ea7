"""Phrases of the protocols, found in speech.

A phrase is a few words that must all be said close together, in any order; alternatives stand between slashes:
"stiff/sore neck" fits "my neck is really stiff". A phrase in quotes inside YAML is nothing special.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from voice_agent.understanding.words import expanded

_SLACK: Final = 4
"""Words of others that may stand between the words of a phrase."""
_NEGATORS: Final = frozenset({"no", "not", "without", "never", "neither", "nor"})
_BETWEEN: Final = frozenset(
    {"a", "an", "any", "the", "my", "have", "having", "had", "got", "been", "is", "really", "or"}
)
_DOUBTS: Final = ("if", "maybe", "unsure", "wondering", "whether")


def fits(phrase: str, heard: Sequence[str]) -> int | None:
    """Where the phrase begins in `heard` (normal words, `expanded`); None when it is not there."""
    wanted = [set(expanded_choice(word)) for word in phrase.split()]
    reach = len(wanted) + _SLACK
    for start in range(len(heard)):
        window = heard[start : start + reach]
        if heard[start] in set().union(*wanted) and _covers(wanted, window):
            return start
    return None


def expanded_choice(word: str) -> list[str]:
    """ "stiff/sore" → ["stiff", "sore"]."""
    return [part for choice in word.lower().split("/") for part in (expanded(choice) or [choice])]


def _covers(wanted: Sequence[set[str]], window: Sequence[str]) -> bool:
    """Whether each wanted word has a word of its own in the window."""
    left = list(window)
    for choices in wanted:
        found = next((word for word in left if word in choices), None)
        if found is None:
            return False
        left.remove(found)
    return True


def best_fit(phrases: Iterable[str], heard: Sequence[str]) -> str | None:
    """The phrase with the most words that fits; None when none does."""
    return max((phrase for phrase in phrases if fits(phrase, heard) is not None), key=_size, default=None)


def _size(phrase: str) -> int:
    return len(phrase.split())


def denied(phrase: str, heard: Sequence[str]) -> bool:
    """Whether the phrase fits and is plainly denied: "no stiff neck", "i do not have a stiff neck".

    Only a denial right before it counts; "i do not know if my neck is stiff" is none.
    """
    start = fits(phrase, heard)
    if start is None or any(word in heard for word in _DOUBTS):
        return False
    at = start - 1
    while at >= 0 and heard[at] in _BETWEEN:
        at -= 1
    return at >= 0 and heard[at] in _NEGATORS
