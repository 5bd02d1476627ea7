"""Spoken numbers as figures.

Recognisers write "one oh one point five"; typed text says "101.5". Both become the same value, so that ages,
temperatures, weeks and glucose are compared as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_UNITS: Final = {
    "zero": 0,
    "oh": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
}
_TEENS: Final = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_TENS: Final = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_SCALES: Final = {"hundred": 100, "thousand": 1000}
_BELOW_HUNDRED: Final = {**_UNITS, **_TEENS, **_TENS}


def figures(value: float) -> str:
    """101.5 → "101.5", 8.0 → "8": the one way in which a number is written in normalised wording."""
    return str(int(value)) if value == int(value) else f"{value:g}"


def read_number(words: Sequence[str], start: int) -> tuple[float, int] | None:
    """The number that begins at `words[start]`, and the index after it; None when there is none there."""
    plain = _figure(words[start])
    if plain is not None:
        return _with_decimals(words, plain, start + 1)
    if words[start] == "oh" or not _begins(words, start):
        return None
    digits = _digit_run(words, start)
    if digits is not None:
        return _with_decimals(words, digits[0], digits[1])
    value, end = _cardinal(words, start)
    return _with_decimals(words, value, end)


def _figure(word: str) -> float | None:
    if word.isascii() and word.replace(".", "", 1).isdigit():
        return float(word)
    return None


def _begins(words: Sequence[str], start: int) -> bool:
    if words[start] == "a":
        return start + 1 < len(words) and words[start + 1] == "hundred"
    return words[start] in _BELOW_HUNDRED or words[start] == "hundred"


def _digit_run(words: Sequence[str], start: int) -> tuple[float, int] | None:
    """ "one oh one", "nine one one": single digits said one by one, three or more."""
    end = start
    while end < len(words) and words[end] in _UNITS:
        end += 1
    if end - start < 3:
        return None
    return float("".join(str(_UNITS[word]) for word in words[start:end])), end


def _cardinal(words: Sequence[str], start: int) -> tuple[float, int]:
    total, current, at, last = 0, 0, start, 0
    while at < len(words):
        word = words[at]
        if word == "a" and at == start:
            current = 1
        elif word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word == "thousand":
                total, current = total + current, 0
            last = 100
        elif word == "and" and last == 100 and at + 1 < len(words) and words[at + 1] in _BELOW_HUNDRED:
            pass
        elif word in _BELOW_HUNDRED and word != "oh":
            value = _BELOW_HUNDRED[word]
            if at == start or last == 100 or (last >= 20 and last < 100 and value < 10):
                current += value
            elif 19 <= last <= 20 and value >= 10:
                current = current * 100 + value  # "nineteen seventy", "twenty nineteen": a year
            else:
                break
            last = value
        else:
            break
        at += 1
    return float(total + current), at


def _with_decimals(words: Sequence[str], value: float, end: int) -> tuple[float, int]:
    if end + 1 < len(words) and words[end] == "point" and words[end + 1] in _UNITS:
        return value + _UNITS[words[end + 1]] / 10, end + 2
    if end + 1 < len(words) and words[end] == "point" and words[end + 1].isdigit():
        return float(f"{int(value)}.{words[end + 1]}"), end + 2
    return value, end
