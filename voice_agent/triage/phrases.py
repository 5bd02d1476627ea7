"""Phrases of the protocols, found in speech.

A phrase is a few words that must all be said close together, in any order; alternatives stand between slashes:
"stiff/sore neck" fits "my neck is really stiff". A phrase in quotes inside YAML is nothing special.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from voice_agent.triage.wording import word_set
from voice_agent.understanding.words import expanded

_SLACK: Final = 4
"""Words of others that may stand between the words of a phrase."""
_NEGATORS: Final = frozenset({"no", "not", "without", "never", "neither", "nor", "denies"})
_NOT_A_DENIAL: Final = frozenset({"can", "could", "will", "would"})
"""Before "not" they make a symptom of it: "I can not breathe"."""
_BETWEEN: Final = word_set(
    """a an any the my his her their have having had has got been is was there really or nor such as kind of sign signs
    new recent bad other noticed seen felt feel feeling history also at all"""
)
_LISTED: Final = 4
"""Words of a list that may stand between the denial and an "or": "no cough, runny nose or fever"."""
_ENDS_A_LIST: Final = frozenset({"but", "and", "because", "so", "since", "though", "except", "only"})
_DOUBTS: Final = ("if", "maybe", "unsure", "wondering", "whether")


def fits(phrase: str, heard: Sequence[str]) -> int | None:
    """Where the phrase begins in `heard` (normal words, `expanded`); None when it is not there."""
    return next((places[0] for places in _found(phrase, heard)), None)


def without(phrases: Iterable[str], heard: Sequence[str]) -> list[str]:
    """The words without those of `phrases`, whose places stay empty: "flu shot" takes the flu out of "a flu shot"."""
    left = list(heard)
    for phrase in phrases:
        for places in _found(phrase, heard):
            for place in places:
                left[place] = ""
    return left


def asserted(phrase: str, heard: Sequence[str]) -> bool:
    """Whether the phrase is said somewhere without being denied there."""
    return fits(phrase, heard) is not None and not denied(phrase, heard)


def denied(phrase: str, heard: Sequence[str]) -> bool:
    """Whether the phrase fits and is plainly denied wherever it does: "no stiff neck", "my neck is not stiff".

    A denial right before it counts, or before the list that it ends ("no cough or fever"); "i do not know if my neck
    is stiff" is none, and the "not" of "can not breathe" belongs to the symptom.
    """
    everywhere = list(_found(phrase, heard))
    if not everywhere or any(word in heard for word in _DOUBTS):
        return False
    return all(_denied_at(places, heard) for places in everywhere)


def best_fit(phrases: Iterable[str], heard: Sequence[str]) -> str | None:
    """The phrase with the most words that fits; None when none does."""
    return max((phrase for phrase in phrases if fits(phrase, heard) is not None), key=_size, default=None)


def expanded_choice(word: str) -> list[str]:
    """ "stiff/sore" → ["stiff", "sore"]."""
    return [part for choice in word.lower().split("/") for part in (expanded(choice) or [choice])]


def unsayable(phrase: str) -> str | None:
    """The word of a phrase that no caller's words ever hold (a filler, a sign); None when all can be said."""
    return next(
        (word for word in phrase.split() if any(not expanded(choice) for choice in word.lower().split("/"))), None
    )


def _found(phrase: str, heard: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The places of the phrase's words, in order, for each word of `heard` at which it begins."""
    wanted = _wanted(phrase)
    if not wanted:
        return
    first, reach = frozenset().union(*wanted), len(wanted) + _SLACK
    for start, word in enumerate(heard):
        places = _covered(wanted, heard[start : start + reach]) if word in first else None
        if places and all(places[at] == places[at - 1] + 1 for at in _bound(phrase)):
            yield tuple(sorted(start + place for place in places))


@lru_cache(maxsize=8192)
def _wanted(phrase: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(expanded_choice(word)) for word in phrase.split())


@lru_cache(maxsize=8192)
def _bound(phrase: str) -> tuple[int, ...]:
    """The words of a phrase that must follow the one before: the "not" of "can not breathe", not of "not … i can"."""
    wanted = _wanted(phrase)
    return tuple(at for at in range(1, len(wanted)) if wanted[at] == {"not"} and wanted[at - 1] & _NOT_A_DENIAL)


def _covered(wanted: Sequence[frozenset[str]], window: Sequence[str]) -> list[int] | None:
    """A place of its own in the window for each wanted word; None when one has none."""
    taken: list[int] = []
    for choices in wanted:
        place = next((at for at, word in enumerate(window) if word in choices and at not in taken), None)
        if place is None:
            return None
        taken.append(place)
    return taken


def _denied_at(places: Sequence[int], heard: Sequence[str]) -> bool:
    first, last = places[0], places[-1]
    if any(_denies(at, heard) for at in range(first + 1, last) if at not in places):
        return True
    at, listed = first - 1, False
    while at >= 0 and heard[at] in _BETWEEN:
        listed |= heard[at] in {"or", "nor"}
        at -= 1
    items = _LISTED if listed else 0
    while at >= 0 and heard[at] not in _ENDS_A_LIST:
        if _denies(at, heard):
            return True
        items -= heard[at] not in _BETWEEN
        if items < 0:
            return False
        at -= 1
    return False


def _denies(at: int, heard: Sequence[str]) -> bool:
    return heard[at] in _NEGATORS and not (heard[at] == "not" and at > 0 and heard[at - 1] in _NOT_A_DENIAL)


def _size(phrase: str) -> int:
    return len(phrase.split())
