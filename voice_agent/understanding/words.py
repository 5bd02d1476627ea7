"""Words in one normal form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

FILLERS: Final = frozenset({"uh", "um", "er", "erm", "ah", "hmm", "mm", "please"})

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[+]")
_DOTTED = re.compile(r"\b([ap])\.\s?m\b\.?")
_NUMBER_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b")
_HUMMED_YES = re.compile(r"\b(?:uh|mm+|m)[ -]?(?:huh|hu?m+)\b")
_HUMMED_NO = re.compile(r"\b(?:uh|nuh)[ -]uh\b")
_DECIMAL = re.compile(r"(\d)\.(\d)")


def words(text: str) -> list[str]:
    """Lower-case words and digit groups, without punctuation or fillers: "10:30 a.m." → ["10", "30", "am"].

    "3rd" becomes "3 th" and "101.5" becomes "101 point 5", so that typed and spoken forms meet.
    """
    text = text.lower().replace("’", "'")
    text = _HUMMED_NO.sub("nope", _HUMMED_YES.sub("mhm", text))
    text = _DOTTED.sub(r"\1m ", text)
    text = _NUMBER_ORDINAL.sub(r"\1 th ", text)
    text = _DECIMAL.sub(r"\1 point \2", text)
    return [word for word in _TOKEN.findall(text) if word not in FILLERS]


def place_of(phrase: Sequence[str], among: Sequence[str], start: int = 0) -> int | None:
    """Where `phrase` first stands, word by word, in `among`; None when nowhere."""
    size = len(phrase)
    for place in range(start, len(among) - size + 1):
        if list(among[place : place + size]) == list(phrase):
            return place
    return None


def expanded(text: str) -> list[str]:
    """`words` with contractions written out, apostrophe or none: "i don't" and "i dont" → ["i", "do", "not"].

    Other endings in 's fall away: "my daughter's hot" and "my daughter's fever" both speak of a daughter.
    """
    return [part for word in words(text) for part in _CONTRACTIONS.get(word, (word.removesuffix("'s"),))]


def says(text: str, phrases: Sequence[str]) -> bool:
    """Whether any of `phrases` stands in `text`, contracted or not."""
    heard = expanded(text)
    return any(place_of(expanded(phrase), heard) is not None for phrase in phrases)


def corrected(text: str) -> str | None:
    """What follows the last sign of a correction ("no wait", "i mean"); None when there is no such sign."""
    heard = words(text)
    ends = [
        place + len(sign)
        for sign in _CORRECTIONS
        for place in range(len(heard))
        if tuple(heard[place : place + len(sign)]) == sign
    ]
    return " ".join(heard[max(ends) :]) if ends else None


_CORRECTIONS: Final = (
    ("no",), ("wait",), ("i", "mean"), ("i", "meant"), ("sorry",), ("make", "that"), ("make", "it"),
    ("actually",), ("rather",), ("correction",), ("scratch", "that"), ("or", "rather"),
)  # fmt: skip

_NEGATABLE: Final = (
    "do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "would", "could", "should", "must", "need",
)  # fmt: skip
_BASE: Final = {
    "can't": ("can", "not"), "cant": ("can", "not"), "cannot": ("can", "not"), "won't": ("will", "not"),
    "wont": ("will", "not"), "ain't": ("is", "not"), "i'm": ("i", "am"), "im": ("i", "am"), "it's": ("it", "is"),
    "that's": ("that", "is"), "thats": ("that", "is"), "he's": ("he", "is"), "she's": ("she", "is"),
    "they're": ("they", "are"), "we're": ("we", "are"), "you're": ("you", "are"), "i've": ("i", "have"),
    "i'd": ("i", "would"), "i'll": ("i", "will"), "there's": ("there", "is"), "what's": ("what", "is"),
    "name's": ("name", "is"), "dunno": ("do", "not", "know"), "gonna": ("going", "to"),
}  # fmt: skip
_CONTRACTIONS: Final[dict[str, tuple[str, ...]]] = {
    **_BASE,
    **{f"{word}n't": (word, "not") for word in _NEGATABLE},
    **{f"{word}nt": (word, "not") for word in _NEGATABLE},
}
