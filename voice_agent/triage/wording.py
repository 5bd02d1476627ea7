"""What was said, in one spelling.

Recognisers drop punctuation and expand contractions, people type them; both come out of `tokens` alike, and the
phrases of dialogs/red_flags.yaml go through the same function. Every token knows the words that it came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voice_agent.triage.number_words import figures, read_number


def word_set(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Token:
    """One normalised word."""

    text: str
    first: int
    """Index of the first word of the source (split at white space) that it stands for."""
    last: int
    """Index of the last one."""
    pause: str = ""
    """Punctuation after it: `,` inside a sentence, `.` at its end; recognisers give none."""
    value: float | None = None
    """What it counts, for a number."""


_NOT: Final = ("ca", "could", "do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "wo", "would")
_NOT_MORE: Final = ("should", "need", "ai", "must", "might", "may")
_STEMS: Final = {"ca": "can", "wo": "will", "ai": "is"}
_CONTRACTIONS: Final[Mapping[str, str]] = {
    **{f"{stem}n't": f"{_STEMS.get(stem, stem)} not" for stem in (*_NOT, *_NOT_MORE)},
    **{f"{stem}nt": f"{_STEMS.get(stem, stem)} not" for stem in (*_NOT, *_NOT_MORE) if stem != "wo"},
    "wont": "will not",
    "cannot": "can not",
    "i'm": "i am",
    "im": "i am",
    "ive": "i have",
    "hes": "he is",
    "shes": "she is",
    "theres": "there is",
    "thats": "that is",
    "dont": "do not",
    "let's": "let us",
    "gonna": "going to",
    "gotta": "got to",
    "wanna": "want to",
    "gimme": "give me",
    "lemme": "let me",
    "'cause": "because",
    "cuz": "because",
    "cos": "because",
    "ain't": "is not",
    "y'all": "you all",
    "o'clock": "oclock",
}
_IS: Final = word_set(
    "he she it that there what who where how here something someone everything nothing everyone everybody"
)
_SPELLINGS: Final[Mapping[str, str]] = {
    "diarrhoea": "diarrhea",
    "haemorrhage": "hemorrhage",
    "haemorrhaging": "hemorrhaging",
    "oesophagus": "esophagus",
    "anaemia": "anemia",
    "foetus": "fetus",
    "paediatric": "pediatric",
    "grey": "gray",
    "nappy": "diaper",
    "nappies": "diapers",
    "mum": "mom",
    "mummy": "mom",
    "mommy": "mom",
    "tummy": "belly",
    "tablet": "pill",
    "tablets": "pills",
    "yrs": "years",
    "yr": "year",
    "mo": "month",
    "wks": "weeks",
    "degrees": "degree",
    "neighbour": "neighbor",
    "colour": "color",
}
_JOINED: Final[Mapping[tuple[str, str], str]] = {
    ("head", "ache"): "headache",
    ("head", "aches"): "headaches",
    ("stomach", "ache"): "stomachache",
    ("belly", "ache"): "stomachache",
    ("tooth", "ache"): "toothache",
    ("back", "ache"): "backache",
    ("any", "more"): "anymore",
    ("some", "one"): "someone",
    ("some", "body"): "somebody",
    ("every", "body"): "everybody",
    ("my", "self"): "myself",
    ("him", "self"): "himself",
    ("her", "self"): "herself",
    ("black", "out"): "blackout",
    ("nose", "bleed"): "nosebleed",
    ("new", "born"): "newborn",
    ("eye", "sight"): "eyesight",
    ("finger", "nails"): "fingernails",
    ("blood", "stream"): "bloodstream",
}
_FILLERS: Final = word_set("um uh er erm uhm hmm mm ah eh basically literally honestly actually")
_FILLER_PAIRS: Final = frozenset({("you", "know"), ("sort", "of"), ("kind", "of"), ("or", "something")})
_NEVER_DOUBLED: Final = word_set("no bye zero oh one two three four five six seven eight nine")
_PIECES: Final = re.compile(r"\d+(?:\.\d+)?|[a-z]+(?:'[a-z]+)?|'[a-z]+")


def tokens(text: str) -> tuple[Token, ...]:
    """`text` in one spelling: lower case, contractions written out, fillers gone, numbers as figures."""
    pieces: list[Token] = []
    for index, word in enumerate(text.split()):
        plain = word.lower().replace("’", "'").replace("‘", "'")
        parts = [part for piece in _PIECES.findall(plain) for part in _expanded(piece)]
        pause = _pause(plain)
        if not parts and pause and pieces:
            pieces[-1] = Token(pieces[-1].text, pieces[-1].first, pieces[-1].last, pause)
        pieces.extend(
            Token(part, index, index, pause if place == len(parts) - 1 else "") for place, part in enumerate(parts)
        )
    return tuple(_numbered(_joined(_fluent(pieces))))


def _pause(word: str) -> str:
    ending = word.rstrip("\"')")
    if ending.endswith((".", "!", "?", ";", "…")):
        return "."
    return "," if ending.endswith((",", ":", "-", "—", "–")) else ""


def _expanded(piece: str) -> list[str]:
    if piece in _CONTRACTIONS:
        return _CONTRACTIONS[piece].split()
    if "'" in piece:
        stem, _, ending = piece.partition("'")
        match ending:
            case "s" if stem in _IS:
                return [stem, "is"]
            case "s":
                return [stem]  # a possessive, or "dad's" for "dad is": neither changes what was found
            case "ve":
                return [stem, "have"]
            case "re":
                return [stem, "are"]
            case "ll":
                return [stem, "will"]
            case "d":
                return [stem, "would"]
            case _:
                return [stem + ending]
    return [_SPELLINGS.get(piece, piece)]


def _fluent(pieces: list[Token]) -> list[Token]:
    """Without fillers and without words said twice."""
    kept: list[Token] = []
    at = 0
    while at < len(pieces):
        here = pieces[at]
        following = pieces[at + 1].text if at + 1 < len(pieces) else ""
        if (here.text, following) in _FILLER_PAIRS:
            at += 2
        elif here.text in _FILLERS or (kept and kept[-1].text == here.text and here.text not in _NEVER_DOUBLED):
            pause = here.pause or ("," if kept and kept[-1].text == "no" else "")  # "no actually my arm": no denial
            if pause and kept:
                kept[-1] = Token(kept[-1].text, kept[-1].first, kept[-1].last, pause)
            at += 1
        else:
            kept.append(here)
            at += 1
    return kept


def _joined(pieces: list[Token]) -> list[Token]:
    joined: list[Token] = []
    at = 0
    while at < len(pieces):
        here = pieces[at]
        if at + 1 < len(pieces) and (whole := _JOINED.get((here.text, pieces[at + 1].text))):
            joined.append(Token(whole, here.first, pieces[at + 1].last, pieces[at + 1].pause))
            at += 2
        else:
            joined.append(here)
            at += 1
    return joined


def _numbered(pieces: list[Token]) -> list[Token]:
    words = [piece.text for piece in pieces]
    numbered: list[Token] = []
    at = 0
    while at < len(pieces):
        number = read_number(words, at)
        if number is None:
            numbered.append(pieces[at])
            at += 1
        else:
            value, end = number
            last = pieces[end - 1]
            numbered.append(Token(figures(value), pieces[at].first, last.last, last.pause, value))
            at = end
    return numbered
