"""Words by their sound.

A key is the skeleton of consonants of a word as English speaks it: `glue coast` and `glucose` are GLKS(T). Words that
a recogniser broke in two ("testy call", "con cushion") have the key of the word that was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Levenshtein

from voice_agent.triage.wording import word_set

_RULES: Final = tuple(
    (re.compile(pattern), key)
    for pattern, key in (
        (r"^(kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"mb$", "m"),
        (r"ph", "f"),
        (r"gh(?=t|$)", ""),
        (r"tch|ch|sh|ti(?=o|a)|ssi(?=o)|si(?=o)|sch|ci(?=o|a)|x(?=io)", "X"),
        (r"dge|j|g(?=[ei])", "J"),
        (r"c(?=[eiy])", "s"),
        (r"ck|c|q|k", "K"),
        (r"x", "Ks"),
        (r"z", "s"),
        (r"th", "0"),
        (r"v", "f"),
        (r"d", "t"),
        (r"b", "p"),
        (r"g", "K"),
    )
)
_VOWELS: Final = re.compile(r"[aeiouyhw]")
_DOUBLED: Final = re.compile(r"(.)\1+")
_SHORTEST_KEY: Final = 4
_NEAR_KEY: Final = 5
"""A key at least so long may differ in one sound."""
_ALIKE: Final = 0.55
_NEARLY: Final = 0.66
"""How much of the spelling must be the same when every sound is, and when all but one are."""
_LITTLE: Final = word_set(
    """a an and any as at but by did do for had has have he her him his i if in is it me my no not now of off on or out
    she since so that the then they this to too up us was we when will with you these those dying"""
)


@lru_cache(maxsize=8192)
def sound_key(word: str) -> str:
    """The skeleton of `word`; its first vowel, if it begins with one, is "a". Voiced and unvoiced sound alike."""
    text = word.lower()
    opening = "a" if text[:1] in "aeiou" else ""
    for pattern, key in _RULES:
        text = pattern.sub(key, text)
    return opening + _DOUBLED.sub(r"\1", _VOWELS.sub("", text)).upper()


class SoundAlikes:
    """Decisive words, looked up by sound. Pure once made."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._keys: dict[str, list[str]] = {}
        for word in sorted(self._words):
            if len(key := sound_key(word)) >= _SHORTEST_KEY:
                self._keys.setdefault(key, []).append(word)

    def meant_by(self, said: str) -> str | None:
        """The decisive word that `said` sounds and is spelled like; None for none, and for a decisive word itself."""
        key = sound_key(said)
        if len(key) < _SHORTEST_KEY or said in self._words:
            return None
        alike = [(word, _ALIKE) for word in self._keys.get(key, ())]
        if not alike and len(key) >= _NEAR_KEY:
            alike = [(word, _NEARLY) for other in self._keys if _near(key, other) for word in self._keys[other]]
        scored = [(Levenshtein.normalized_similarity(said, word), least, word) for word, least in alike]
        return max(((score, word) for score, least, word in scored if score >= least), default=(0.0, None))[1]

    def broken(self, said: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Two neighbouring words that are one decisive word broken in two: where they begin, and the word."""
        for at in range(len(said) - 1):
            first, second = said[at], said[at + 1]
            if not (first.isalpha() and second.isalpha()) or second in _LITTLE or self._words & {first, second}:
                continue
            if meant := self.meant_by(first + second):
                yield at, meant


def _near(key: str, other: str) -> bool:
    return key[0] == other[0] and Levenshtein.distance(key, other, score_cutoff=1) <= 1
