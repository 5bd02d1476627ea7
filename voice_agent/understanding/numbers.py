"""Numbers as callers say them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voice_agent.understanding.words import words

ZEROS: Final = frozenset({"zero", "oh", "o"})
UNITS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
TEENS: Final = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_UNIT_ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
)  # fmt: skip
ORDINALS: Final = {
    **{word: place for place, word in enumerate(_UNIT_ORDINALS, start=1)},
    "twentieth": 20,
    "thirtieth": 30,
}
_SMALL: Final = {**dict.fromkeys(ZEROS, 0), **UNITS, **TEENS, **TENS}
_REPEATS: Final = {"double": 2, "triple": 3}
_SOUND_ALIKES: Final = {"to": "two", "too": "two", "for": "four", "fore": "four", "ate": "eight", "won": "one"}


def digits(text: str) -> str | None:
    """A digit string: "oh three double four" → "0344", "one twenty three" → "123", "415 555" → "415555".

    Words that are no numbers are passed over; None when there is no number at all.
    """
    heard = _with_sound_alikes(words(text))
    found = ""
    at = 0
    while at < len(heard):
        piece, used = _digit_piece(heard, at)
        found += piece
        at += used
    return found or None


def _digit_piece(heard: Sequence[str], at: int) -> tuple[str, int]:
    """The digits said at `at`, and how many words they took."""
    word = heard[at]
    following = heard[at + 1] if at + 1 < len(heard) else ""
    if word in _REPEATS and (following in UNITS or following in ZEROS or (following.isdigit() and len(following) == 1)):
        return _digits_of(following) * _REPEATS[word], 2
    if following == "hundred" and word in UNITS:
        if at + 3 < len(heard) and heard[at + 2] == "and" and heard[at + 3] in _SMALL:
            below, used = _digit_piece(heard, at + 3)
            return str(UNITS[word] * 100 + int(below)), 3 + used
        return f"{UNITS[word]}00", 2
    if following == "thousand" and word in UNITS:
        return f"{UNITS[word]}000", 2
    if word in TENS and following in UNITS:
        return str(TENS[word] + UNITS[following]), 2
    return _digits_of(word), 1


def _digits_of(word: str) -> str:
    if word.isdigit():
        return word
    return str(_SMALL[word]) if word in _SMALL else ""


def _with_sound_alikes(heard: list[str]) -> list[str]:
    """ "four one for two" → "four one four two": between two numbers a "for" is a four."""

    def is_number(place: int) -> bool:
        return 0 <= place < len(heard) and (heard[place] in _SMALL or heard[place].isdigit())

    return [
        _SOUND_ALIKES.get(word, word) if is_number(place - 1) and is_number(place + 1) else word
        for place, word in enumerate(heard)
    ]


def number(text: str) -> int | None:
    """One whole number: "a hundred and three" → 103, "nineteen fifty two" → 1952.

    None when there is none, or several.
    """
    runs = number_runs(words(text))
    return value_of(runs[0]) if len(runs) == 1 else None


def number_runs(heard: Sequence[str]) -> list[list[str]]:
    """The stretches of number words, in order; "and" joins only after hundred or thousand, "a" counts before them."""
    runs: list[list[str]] = [[]]
    for place, word in enumerate(heard):
        following = heard[place + 1] if place + 1 < len(heard) else ""
        if word in _SMALL or word.isdigit():
            runs[-1].append(word)
        elif word in {"hundred", "thousand"}:
            if not runs[-1]:
                runs[-1].append("one")
            runs[-1].append(word)
        elif word == "and" and runs[-1] and runs[-1][-1] in {"hundred", "thousand"} and following in _SMALL:
            continue
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def value_of(run: Sequence[str]) -> int | None:
    """The value of a stretch of number words; read digit by digit where it is no ordinary number."""
    if any(word in {"hundred", "thousand"} for word in run):
        return _cardinal(run)
    said = digits(" ".join(run))
    return int(said) if said else None


def _cardinal(run: Sequence[str]) -> int | None:
    """ "two thousand one hundred twenty three" → 2123; None for what nobody counts like that."""
    total = below = 0
    limit = 1000
    for word in run:
        if word == "thousand":
            total, below, limit = total + max(below, 1) * 1000, 0, 1000
        elif word == "hundred":
            below, limit = max(below, 1) * 100, 100
        else:
            value = int(word) if word.isdigit() else _SMALL[word]
            if value >= limit:
                return None
            below += value
            limit = 10 if value >= 20 else 0
    return total + below


def below_hundred(run: Sequence[str]) -> int | None:
    """Two digits at most, however said: "three", "oh three", "one five", "twenty one", "21 th", "twenty first"."""
    if len(run) == 2 and run[1] == "th" and run[0].isdigit():
        run = run[:1]
    match list(run):
        case [word] if word.isdigit():
            return int(word) if len(word) <= 2 else None
        case [word]:
            return _SMALL.get(word, ORDINALS.get(word))
        case [tens, unit] if tens in TENS and unit in UNITS:
            return TENS[tens] + UNITS[unit]
        case [tens, unit] if tens in TENS and ORDINALS.get(unit, 10) < 10:
            return TENS[tens] + ORDINALS[unit]
        case [first, second] if _is_digit(first) and _is_digit(second):
            return int(_digits_of(first) + _digits_of(second))
        case [first, second] if first in ZEROS and ORDINALS.get(second, 10) < 10:
            return ORDINALS[second]
    return None


def is_ordinal(run: Sequence[str]) -> bool:
    """Whether a number was said as a rank: "third", "3 th"."""
    return bool(run) and (run[-1] in ORDINALS or run[-1] == "th")


def _is_digit(word: str) -> bool:
    return word in UNITS or word in ZEROS or (word.isdigit() and len(word) == 1)


def spoken_number(value: int) -> str:
    """0 to 99 in words: 32 → "thirty two"."""
    for names in (UNITS, TEENS, TENS):
        for word, worth in names.items():
            if worth == value:
                return word
    if value == 0:
        return "zero"
    return f"{spoken_number(value // 10 * 10)} {spoken_number(value % 10)}"


def spoken_ordinal(value: int) -> str:
    """1 to 31 as a rank: 21 → "twenty first"."""
    for word, worth in ORDINALS.items():
        if worth == value:
            return word
    return f"{spoken_number(value // 10 * 10)} {spoken_ordinal(value % 10)}"
