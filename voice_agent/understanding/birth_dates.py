"""Dates of birth as callers say them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from voice_agent.understanding.numbers import ORDINALS, TEENS, TENS, UNITS, ZEROS, below_hundred
from voice_agent.understanding.words import corrected, words

MONTHS: Final = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10,
    "nov": 11, "dec": 12,
}  # fmt: skip
_OLDEST_YEARS: Final = 120
_NUMERIC: Final = frozenset({*ZEROS, *UNITS, *TEENS, *TENS, *ORDINALS, "hundred", "thousand", "th"})

Reading = tuple[int, bool, int, int]
"""(year, said with its century, month, day)"""


def birth_date(text: str, today: date) -> date | None:
    """A date of birth, said month before day as Americans do; None when incomplete, impossible or not in the past.

    Two-digit years are the latest that lie in the past. Over 120 years ago is None: somebody misheard.
    """
    revised = corrected(text)
    if revised and (born := _read(revised, today)):
        return born
    return _read(text, today)


def _read(text: str, today: date) -> date | None:
    parts = [word for word in words(text) if word in MONTHS or word in _NUMERIC or word.isdigit()]
    parts = [digit for word in parts for digit in _split_compact(word)]
    months = [place for place, word in enumerate(parts) if word in MONTHS]
    if len(months) > 1:
        return None
    readings = _with_month(parts, months[0]) if months else _numeric(parts)
    for year, full, month, day in sorted(readings, key=lambda reading: not reading[1]):
        if born := _past_date(year, full, month, day, today):
            return born
    return None


def _split_compact(word: str) -> list[str]:
    """ "03031952" → its digits, to be read like digits said one by one."""
    return list(word) if word.isdigit() and len(word) > 4 else [word]


def _with_month(parts: Sequence[str], place: int) -> Iterator[Reading]:
    month = MONTHS[parts[place]]
    before, after = parts[:place], parts[place + 1 :]
    if before:
        day, said = below_hundred(before), year_said(after)
        if day and said:
            yield *said, month, day
        return
    for cut in range(1, min(4, len(after))):
        day, said = below_hundred(after[:cut]), year_said(after[cut:])
        if day and said:
            yield *said, month, day


def _numeric(parts: Sequence[str]) -> Iterator[Reading]:
    for first in range(1, min(4, len(parts))):
        for second in range(first + 1, min(first + 4, len(parts))):
            left, middle, right = parts[:first], parts[first:second], parts[second:]
            a, b = below_hundred(left), below_hundred(middle)
            if a and b and (said := year_said(right)):
                # 31 12 1952 can only be day before month.
                yield (*said, a, b) if a <= 12 else (*said, b, a)
            if (begun := year_said(left)) and begun[1] and b and (c := below_hundred(right)):
                yield *begun, b, c


def year_said(run: Sequence[str]) -> tuple[int, bool] | None:
    """(year, said with its century): "nineteen fifty two", "two thousand four", "one nine five two", "52"."""
    match list(run):
        case []:
            return None
        case [word] if word.isdigit():
            return (int(word), True) if len(word) == 4 else ((int(word), False) if len(word) == 2 else None)
        case ["nineteen" | "eighteen" | "19" | "18" as century, "hundred"]:
            return (below_hundred([century]) or 0) * 100, True
        case ["two" | "2", "thousand"]:
            return 2000, True
        case ["two" | "2", "thousand", *rest]:
            below = below_hundred(rest)
            return (2000 + below, True) if below is not None else None
        case ["nineteen" | "eighteen" | "twenty" | "19" | "18" | "20" as century, *rest] if rest:
            below = below_hundred(rest)
            if below is not None and (below >= 10 or len(rest) == 2):
                return (below_hundred([century]) or 0) * 100 + below, True
    if len(run) == 4 and (high := below_hundred(run[:2])) and high in {18, 19, 20}:
        low = below_hundred(run[2:])
        return (high * 100 + low, True) if low is not None else None
    short = below_hundred(run)
    if short is not None and (short >= 10 or len(run) == 2) and run[-1] not in ORDINALS and run[-1] != "th":
        return short, False
    return None


def _past_date(year: int, full: bool, month: int, day: int, today: date) -> date | None:
    years = [year] if full else [today.year // 100 * 100 + year, today.year // 100 * 100 - 100 + year]
    for candidate in years:
        try:
            born = date(candidate, month, day)
        except ValueError:
            continue
        if born <= today and today.year - born.year <= _OLDEST_YEARS:
            return born
    return None
