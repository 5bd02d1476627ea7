"""Days as callers say them.

How relative days are meant here (an appointment is always read back before it is booked):

- "tuesday", "on tuesday": the first Tuesday from tomorrow on; said on a Tuesday it is in a week, else one says today;
- "this tuesday": the same, but on a Tuesday it is today;
- "next tuesday": the Tuesday of the next calendar week, weeks beginning on Monday;
- "a week from tuesday", "tuesday week": seven days after "tuesday";
- "in two weeks": that day or one of the four after it, so that a weekend does not come out empty;
- "monday or wednesday": from the one to the other.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from voice_agent.understanding.birth_dates import birth_date as birth_date
from voice_agent.understanding.day_phrases import WEEKDAYS, mention
from voice_agent.understanding.day_range import DayRange as DayRange
from voice_agent.understanding.day_range import span
from voice_agent.understanding.numbers import spoken_number, spoken_ordinal
from voice_agent.understanding.words import corrected, expanded, place_of, says

ANY_DAYS: Final = 60
"""How many days "any day" spans."""
_ANY: Final = (
    "any day", "whenever", "as soon as possible", "asap", "a s a p", "soonest", "earliest", "first available",
    "next available", "any time", "anytime", "does not matter", "do not care", "no preference", "you pick",
    "first opening", "next opening", "soon as you can", "any of them", "either day", "any available",
)  # fmt: skip
_DOES_NOT_SUIT: Final = tuple(
    phrase.split()
    for phrase in ("does not work", "will not work", "is no good", "is bad", "does not suit", "is not good", "is out")
)
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})\b")


def day(text: str, today: date) -> DayRange | None:
    """The day or days that a caller wants (see above); never in the past; None when no day was said."""
    revised = corrected(text)
    if revised and (found := _day(revised, today)):
        return found
    return _day(text, today)


def _day(text: str, today: date) -> DayRange | None:
    said = _said(text, today)
    kept = [wish.days for wish in said if not wish.refused and wish.days.last >= today]
    if kept:
        return DayRange(max(today, min(days.first for days in kept)), max(days.last for days in kept))
    if any(not wish.refused for wish in said):
        return None
    return span(today, ANY_DAYS) if says(text, _ANY) else None


@dataclass(frozen=True, slots=True)
class _Wish:
    """Days that were said."""

    days: DayRange
    refused: bool
    """They are the ones that do not suit."""
    of_next_week: bool
    end: int
    """Where its words end."""


def _said(text: str, today: date) -> list[_Wish]:
    """Every day that the words name, in order."""
    heard = [_singular(word) for word in expanded(_SLASHED.sub(_month_named, text))]
    said: list[_Wish] = []
    at = 0
    while at < len(heard):
        found = mention(heard, at, today)
        if not found:
            at += 1
            continue
        days, used = found
        refused, of_next_week = _refused(heard, at, at + used), heard[at] == "next"
        if said and said[-1].end == at - 1 and heard[at - 1] in {"or", "and"}:
            # "I can't do Monday or Tuesday" refuses both; "next Monday or Tuesday" means both of the next week.
            refused = refused or said[-1].refused
            before = said[-1].days.first
            if said[-1].of_next_week and days.first < before - timedelta(before.weekday()):
                days, of_next_week = DayRange(days.first + timedelta(7), days.last + timedelta(7)), True
        at += used
        said.append(_Wish(_bounded(days, heard, at - used, today), refused, of_next_week, at))
    return said


def _singular(word: str) -> str:
    return next((name for name in WEEKDAYS if word in {f"{name}s", f"{name}'s"}), word)


def _month_named(typed: re.Match[str]) -> str:
    """ "12/2" → "december 2"."""
    month = int(typed[1])
    return f"{calendar.month_name[month]} {typed[2]}" if 1 <= month <= 12 else typed[0]


def _refused(heard: Sequence[str], start: int, end: int) -> bool:
    """ "not monday", "i can't do monday", "any day but monday", "monday doesn't work"."""
    before = list(heard[max(0, start - 4) : start])
    if "not" in before and not {"why", "if"} & set(before):
        return True
    if before[-1:] in (["except"], ["besides"]) or (before[-1:] == ["but"] and {"any", "anything"} & set(before)):
        return True
    return any(place_of(phrase, heard[end : end + 4]) is not None for phrase in _DOES_NOT_SUIT)


def _bounded(days: DayRange, heard: Sequence[str], at: int, today: date) -> DayRange:
    """ "after the tenth", "before friday", "around the tenth", "the week of december seventh"."""
    before = list(heard[max(0, at - 2) : at])
    if before[-1:] == ["on"] or before[-1:] == ["the"]:
        before = list(heard[max(0, at - 3) : at - 1])
    if before == ["week", "of"]:
        return span(days.first - timedelta(days.first.weekday()), 6)
    match before[-1:]:
        case ["after"]:
            return span(days.last + timedelta(1), 13)
        case ["before"]:
            return DayRange(today, max(today, days.first - timedelta(1)))
        case ["by"] | ["until"]:
            return DayRange(today, days.last)
        case ["around"]:
            return DayRange(days.first - timedelta(2), days.last + timedelta(2))
    return days


def spoken_date(day: date) -> str:
    """As we say an appointment's day: "Tuesday, December first"."""
    return f"{WEEKDAYS[day.weekday()].title()}, {calendar.month_name[day.month]} {spoken_ordinal(day.day)}"


def spoken_birth_date(day: date) -> str:
    """As we read a date of birth back: "March third, nineteen fifty two"."""
    return f"{calendar.month_name[day.month]} {spoken_ordinal(day.day)}, {_spoken_year(day.year)}"


def _spoken_year(year: int) -> str:
    century, below = divmod(year, 100)
    if 2000 <= year < 2010:
        return "two thousand" if not below else f"two thousand {spoken_number(below)}"
    if not below:
        return f"{spoken_number(century)} hundred"
    return f"{spoken_number(century)} {spoken_number(below) if below >= 10 else f'oh {spoken_number(below)}'}"
