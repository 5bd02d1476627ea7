"""Wording patterns, compiled once, matched anywhere.

A pattern is words in order: `can not .. breathe`. What it may hold:

    word  word*      the word in any form (bleed, bleeding, bled); any word that begins so
    one/<two>        either; `go_on/live` writes an either of two words with `_`
    <pain>           any phrase of the group `pain` in `words:`
    ..   ...         up to four, up to eight words between
    a ~ b            a and b near each other (five words), in any order

Between neighbours little words ("really", "my", "is") may always stand, and nothing matches over the end of a
sentence. Negations are words like others here: whether a match is meant is for `meaning.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, permutations
from typing import Final

from voice_agent.triage.wording import Token, tokens, word_set

GAPS: Final = {"..": 4, "...": 8}
_NEAR: Final = 5
_LITTLE: Final = word_set(
    """the a an my his her our your their its really very so just even like been being is am are was were be has have
    had having do does did still pretty real quite too all also that this some any sort kind got feels feel i he she
    right now here there please totally completely super such bit well it me him"""
)
_LITTLE_AT_MOST: Final = 3

_OWN_FORMS: Final = word_set(
    "news breeding cutting jumping stopped labored heading headed used thing things killing spotting needed dying died "
    "during feed bring nothing anything ring his this hers"
)
_IRREGULAR: Final = {
    "bled": "bleed", "threw": "throw", "thrown": "throw", "swollen": "swell", "took": "take", "taken": "take",
    "ate": "eat", "eaten": "eat", "drank": "drink", "broke": "break", "broken": "break", "shook": "shake",
    "lost": "lose", "fell": "fall", "fallen": "fall", "felt": "feel", "woke": "wake", "woken": "wake", "shot": "shoot",
    "tore": "tear", "torn": "tear", "wore": "wear", "stung": "sting", "beaten": "beat", "spoke": "speak",
    "stolen": "steal", "stole": "steal", "held": "hold", "caught": "catch", "stuck": "stick", "bit": "bite",
    "bitten": "bite", "thought": "think", "thoughts": "think", "kept": "keep", "found": "find", "heard": "hear",
    "burnt": "burn", "drove": "drive", "driven": "drive", "feet": "foot", "teeth": "tooth", "children": "child",
}  # fmt: skip

_DROPPED_AN_E: Final = re.compile(r"[^aeiou][aeiou][^aeiouwxy]")

Phrase = tuple[str, ...]


class PatternError(ValueError):
    """A pattern cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found."""

    name: str
    """What it stands for: the name under which it was compiled."""
    places: tuple[int, ...]
    """Indices of the tokens that matched, in order."""


@dataclass(frozen=True, slots=True)
class _Step:
    element: int
    gap: int | None
    """Words that may stand before it; None: only little ones."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    steps: tuple[_Step, ...]
    needs: frozenset[int]


class Patterns:
    """Many named patterns, looked up together. Raises PatternError for one that cannot be read."""

    def __init__(self, named: Iterable[tuple[str, str]], words: Mapping[str, Sequence[str]]) -> None:
        self._elements: dict[tuple[Phrase, ...], int] = {}
        self._stems: dict[str, list[tuple[Phrase, int]]] = defaultdict(list)
        self._prefix: dict[str, list[tuple[Phrase, int]]] = defaultdict(list)
        self._groups = {name: _phrases(listed) for name, listed in words.items()}
        self._by_first: dict[int, list[_Pattern]] = defaultdict(list)
        for name, text in named:
            for pattern in self._compiled(name, text):
                self._by_first[pattern.steps[0].element].append(pattern)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefix})

    def find(self, said: Sequence[Token]) -> list[Match]:
        """Every pattern that occurs in `said`, at each place where it begins."""
        found = self._occurrences(said)
        present = found.keys()
        matches: list[Match] = []
        for first in present:
            for pattern in self._by_first.get(first, ()):
                if pattern.needs <= present:
                    matches.extend(_matches(pattern, found, said))
        return matches

    def check(self, text: str) -> None:
        """Whether `text` is a pattern over these words. Raises PatternError."""
        for _pattern_of_text in self._compiled("", text):
            pass

    def _compiled(self, name: str, text: str) -> Iterator[_Pattern]:
        if "~" in text:
            parts = [self._steps(part) for part in text.split("~")]
            for order in permutations(parts):
                steps = list(order[0])
                for part in order[1:]:
                    steps += [_Step(part[0].element, _NEAR), *part[1:]]
                yield _pattern(name, steps)
        else:
            yield _pattern(name, self._steps(text))

    def _steps(self, text: str) -> list[_Step]:
        steps: list[_Step] = []
        gap: int | None = None
        _no_echo(text)
        for part in text.split():
            if part in GAPS:
                if not steps:
                    raise PatternError(f"{text!r} begins with a gap")
                gap = GAPS[part]
                continue
            for index, phrases in enumerate(self._alternatives(part, text)):
                steps.append(_Step(self._element(phrases), gap if index == 0 else None))
            gap = None
        if not steps or gap is not None:
            raise PatternError(f"{text!r} is empty or ends with a gap")
        return steps

    def _alternatives(self, part: str, text: str) -> list[tuple[Phrase, ...]]:
        """One or more steps: `can't` is two words."""
        if "/" not in part and not part.startswith("<"):
            return [((word,),) for word in _phrases([part.replace("_", " ")])[0]]
        phrases: list[Phrase] = []
        for choice in part.split("/"):
            if not choice.startswith("<"):
                phrases += _phrases([choice.replace("_", " ")])
            elif choice[1:-1] in self._groups:
                phrases += self._groups[choice[1:-1]]
            else:
                raise PatternError(f"{text!r} names the unknown word group {choice}")
        return [tuple(phrases)]

    def _element(self, phrases: tuple[Phrase, ...]) -> int:
        if phrases not in self._elements:
            element = self._elements[phrases] = len(self._elements)
            for phrase in phrases:
                if phrase[0].endswith("*"):
                    self._prefix[phrase[0][:-1]].append((phrase, element))
                else:
                    self._stems[stem(phrase[0])].append((phrase, element))
        return self._elements[phrases]

    def _occurrences(self, said: Sequence[Token]) -> dict[int, list[tuple[int, ...]]]:
        """Element → the places (token indices) where it stands."""
        found: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        for at, token in enumerate(said):
            text = token.text
            for phrase, element in self._stems.get(stem(text), ()):
                if places := _phrase_at(phrase, said, at):
                    found[element].append(places)
            for length in self._prefix_lengths:
                if length > len(text):
                    break
                for phrase, element in self._prefix.get(text[:length], ()):
                    if places := _phrase_at(phrase, said, at):
                        found[element].append(places)
        return found


def _phrases(listed: Iterable[str]) -> tuple[Phrase, ...]:
    """Phrases through the same spelling as what callers say; a `*` at the end of a word is kept."""
    phrases = []
    for text in listed:
        _no_echo(text)
        words: list[str] = []
        for word in text.split():
            plain = [token.text for token in tokens(word)]
            if not plain:
                raise PatternError(f"{text!r} holds {word!r}, which callers' words never keep (a filler, or no word)")
            words += [*plain[:-1], plain[-1] + "*"] if word.endswith("*") else plain
        # numbers and joined spellings ("head ache") run over several words
        joined = tuple(token.text for token in tokens(text)) if "*" not in text else tuple(words)
        if not joined:
            raise PatternError(f"{text!r} holds no word")
        phrases.append(joined)
    return tuple(phrases)


def _no_echo(text: str) -> None:
    """Raises PatternError for a word said twice: callers' words keep it once, so "hot hot" would be any "hot"."""
    words = text.split()
    twice = next((word for word, following in pairwise(words) if word == following and word.isalpha()), None)
    if twice:
        raise PatternError(f"{text!r} says {twice!r} twice, which callers' words never keep")


def _pattern(name: str, steps: Sequence[_Step]) -> _Pattern:
    return _Pattern(name, tuple(steps), frozenset(step.element for step in steps))


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The form that a word shares with its inflections: bleeding, bleeds, bled → bleed."""
    if word in _OWN_FORMS or len(word) < 4:
        return word
    if word in _IRREGULAR:
        word = _IRREGULAR[word]
    word = _without_ending(word)
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _without_ending(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        root = word[: -len(ending)]
        if not word.endswith(ending) or len(root) < 3 or word.endswith(("ss", "eed")):
            continue
        if ending == "es" and not root.endswith(("s", "x", "z", "ch", "sh", "o")):
            return word[:-1]  # takes → take
        if ending in {"ing", "ed"}:
            if root[-1] == root[-2] and root[-1] not in "sl":
                return root[:-1]  # stopped → stop
            if _DROPPED_AN_E.fullmatch(root):
                return root + "e"  # moving → move
        return root
    return word


def _is(token: Token, word: str) -> bool:
    if word.endswith("*"):
        return token.text.startswith(word[:-1])
    return token.text == word or stem(token.text) == stem(word)


def _phrase_at(phrase: Phrase, said: Sequence[Token], at: int) -> tuple[int, ...] | None:
    places = [at]
    for word in phrase[1:]:
        place = places[-1] + 1
        skipped = 0
        while True:
            if place >= len(said) or said[place - 1].pause == ".":
                return None
            if _is(said[place], word):
                break
            if said[place].text not in _LITTLE or skipped == _LITTLE_AT_MOST:
                return None
            place, skipped = place + 1, skipped + 1
        places.append(place)
    return tuple(places)


def _matches(pattern: _Pattern, found: Mapping[int, list[tuple[int, ...]]], said: Sequence[Token]) -> Iterator[Match]:
    for start in found[pattern.steps[0].element]:
        places = start
        for step in pattern.steps[1:]:
            following = next(
                (here for here in found[step.element] if _reaches(places[-1], here[0], step.gap, said)), None
            )
            if following is None:
                break
            places += following
        else:
            yield Match(pattern.name, places)


def _reaches(end: int, start: int, gap: int | None, said: Sequence[Token]) -> bool:
    between = start - end - 1
    if between < 0 or any(token.pause == "." for token in said[end:start]):
        return False
    if gap is not None:
        return between - sum(token.text in _LITTLE for token in said[end + 1 : start]) <= gap and between <= gap + 4
    return between <= _LITTLE_AT_MOST and all(token.text in _LITTLE for token in said[end + 1 : start])
