"""Phrases that name days.

Each reader looks at the words from one place on and gives the days that they name, and how many words that took.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from voice_agent.understanding.birth_dates import MONTHS, year_said
from voice_agent.understanding.day_range import DayRange, month_of, span
from voice_agent.understanding.numbers import below_hundred, is_ordinal

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COUNTS: Final = {"a": 1, "an": 1, "couple": 2, "few": 3}
_BEFORE_A_MONTH: Final = frozenset({"in", "during", "sometime", "early", "late", "mid", "next", "of"})
_NO_DAY_AFTER: Final = frozenset(
    {"available", "opening", "one", "appointment", "slot", "thing", "time", "option", "visit", "choice"}
)

Found = tuple[DayRange, int]
"""Days that were said, and how many words that took."""


def mention(heard: list[str], at: int, today: date) -> Found | None:
    """The days that the words from `at` on name, if they begin there."""
    for reader in (_month_and_day, _day_of_month, _distance_from, _weekday, _relative, _month_alone):
        if found := reader(heard, at, today):
            return found
    return None


def _month_and_day(heard: list[str], at: int, today: date) -> Found | None:
    """ "december second", "december the second twenty twenty seven"."""
    month = MONTHS.get(heard[at])
    if not month:
        return None
    place = at + 1
    if heard[place : place + 1] == ["the"]:
        place += 1
    for size in (2, 1):
        number = below_hundred(heard[place : place + size]) if place + size <= len(heard) else None
        if not number or not 1 <= number <= 31:
            continue
        place += size
        year, used = _year_from(heard, place)
        found = _dated(year, month, number, today)
        return (found, place + used - at) if found else None
    return None


def _day_of_month(heard: list[str], at: int, today: date) -> Found | None:
    """ "the twelfth", "the second of december"."""
    place = at + 1 if heard[at] == "the" else at
    for size in (2, 1):
        run = heard[place : place + size]
        number = below_hundred(run) if len(run) == size and is_ordinal(run) else None
        if not number or not 1 <= number <= 31:
            continue
        end = place + size
        following = heard[end] if end < len(heard) else ""
        if following in _NO_DAY_AFTER:
            return None
        if following == "of":
            end += 1
            following = heard[end] if end < len(heard) else ""
            if [following, *heard[end + 1 : end + 2]] in (["this", "month"], ["next", "month"]):
                later = _next_month(today) if following == "next" else today
                found = _dated(later.year, later.month, number, today)
                return (found, end + 2 - at) if found else None
        if month := MONTHS.get(following):
            year, used = _year_from(heard, end + 1)
            found = _dated(year, month, number, today)
            return (found, end + 1 + used - at) if found else None
        # "wait a second" names no day: a lone rank needs "the" or "on" before it, or nothing else around it.
        alone = len(heard) == size or place > at or (at > 0 and heard[at - 1] in {"on", "the", *WEEKDAYS})
        found = _soonest(number, today) if alone else None
        return (found, end - at) if found else None
    return None


def _year_from(heard: list[str], at: int) -> tuple[int | None, int]:
    """A year with its century from `at` on, and how many words it took."""
    for size in (4, 3, 2, 1):
        run = heard[at : at + size]
        said = year_said(run) if len(run) == size else None
        if said and said[1] and said[0] >= 2000:
            return said[0], size
    return None, 0


def _dated(year: int | None, month: int, number: int, today: date) -> DayRange | None:
    for candidate in [year] if year else [today.year, today.year + 1]:
        try:
            day = date(candidate, month, number)
        except ValueError:
            continue
        if year or day >= today:
            return span(day)
    return None


def _soonest(number: int, today: date) -> DayRange | None:
    """The next day with this number in its month."""
    month = today.replace(day=1)
    for _ in range(3):
        days = month_of(month.year, month.month)
        if number <= days.last.day and month.replace(day=number) >= today:
            return span(month.replace(day=number))
        month = days.last + timedelta(1)
    return None


def _next_month(today: date) -> date:
    return month_of(today.year, today.month).last + timedelta(1)


def _month_alone(heard: list[str], at: int, today: date) -> Found | None:
    """ "in january": "may" and "march" are words of their own, so a month alone needs a word before it."""
    month = MONTHS.get(heard[at])
    if not month or at == 0 or heard[at - 1] not in _BEFORE_A_MONTH:
        return None
    return month_of(today.year if month >= today.month else today.year + 1, month), 1


def _count(heard: list[str], at: int) -> tuple[int, int] | None:
    """ "two weeks", "a couple of days" → (days, words)."""
    place = at
    if place < len(heard) - 1 and heard[place] == "a" and heard[place + 1] in {"couple", "few"}:
        place += 1
    if place >= len(heard):
        return None
    how_many = _COUNTS.get(heard[place]) or below_hundred([heard[place]])
    place += 2 if place + 1 < len(heard) and heard[place + 1] == "of" else 1
    unit = heard[place].removesuffix("s") if place < len(heard) else ""
    days = {"day": 1, "week": 7, "month": 30}.get(unit)
    return (how_many * days, place + 1 - at) if how_many and days else None


def _distance_from(heard: list[str], at: int, today: date) -> Found | None:
    """ "a week from tuesday", "two days from now"."""
    counted = _count(heard, at)
    if not counted or heard[at + counted[1] : at + counted[1] + 1] not in (["from"], ["after"]):
        return None
    distance, used = counted
    place = at + used + 1
    if place < len(heard) and heard[place] == "now":
        return span(today + timedelta(distance)), used + 2
    found = mention(heard, place, today) if place < len(heard) else None
    if not found:
        return None
    days, more = found
    return DayRange(days.first + timedelta(distance), days.last + timedelta(distance)), used + 1 + more


def _weekday(heard: list[str], at: int, today: date) -> Found | None:
    """ "tuesday", "this friday", "next tuesday", "tuesday next week", "next week on tuesday"."""
    place, which = at, ""
    if heard[at : at + 2] == ["next", "week"]:
        place, which = at + (3 if heard[at + 2 : at + 3] == ["on"] else 2), "next"
    else:
        while place < len(heard) and heard[place] in {"this", "next", "coming"}:
            which = which or heard[place]
            place += 1
    if place >= len(heard) or heard[place] not in WEEKDAYS:
        return None
    weekday = WEEKDAYS.index(heard[place])
    place += 1
    if dated := _date_after_weekday(heard, place, today):
        return dated[0], place + dated[1] - at
    if heard[place : place + 2] == ["next", "week"]:
        which, place = "next", place + 2
    coming = today + timedelta((weekday - today.weekday()) % 7)
    if coming == today and which not in {"this", "coming"}:
        coming += timedelta(7)
    if which == "next":
        coming = today - timedelta(today.weekday()) + timedelta(7 + weekday)
    elif heard[place : place + 1] == ["week"]:
        coming, place = coming + timedelta(7), place + 1
    return span(coming), place - at


def _date_after_weekday(heard: list[str], at: int, today: date) -> Found | None:
    """ "monday the twelfth", "monday december second": the date tells which Monday."""
    if at >= len(heard):
        return None
    return _month_and_day(heard, at, today) or _day_of_month(heard, at, today)


def _relative(heard: list[str], at: int, today: date) -> Found | None:
    """ "tomorrow", "next week", "in three days"."""
    monday = today - timedelta(today.weekday())
    saturday = monday + timedelta(5)
    next_month = _next_month(today)
    table: dict[str, DayRange] = {
        "day after tomorrow": span(today + timedelta(2)),
        "tomorrow": span(today + timedelta(1)),
        "today": span(today),
        "tonight": span(today),
        "this morning": span(today),
        "this afternoon": span(today),
        "this evening": span(today),
        "week after next": span(monday + timedelta(14), 6),
        "early next week": span(monday + timedelta(7), 1),
        "beginning of next week": span(monday + timedelta(7), 1),
        "later next week": span(monday + timedelta(9), 2),
        "late next week": span(monday + timedelta(9), 2),
        "end of next week": span(monday + timedelta(10), 1),
        "next week": span(monday + timedelta(7), 6),
        "following week": span(monday + timedelta(7), 6),
        "end of the week": DayRange(max(today, monday + timedelta(3)), max(today, monday + timedelta(4))),
        "this week": DayRange(today, monday + timedelta(6)),
        "next weekend": span(saturday + timedelta(7), 1),
        "weekend": span(saturday, 1),
        "next month": month_of(next_month.year, next_month.month),
        "this month": month_of(today.year, today.month),
    }
    for phrase, days in table.items():
        size = len(phrase.split())
        if list(heard[at : at + size]) == phrase.split():
            return days, size
    if heard[at] == "in" and (counted := _count(heard, at + 1)):
        distance, used = counted
        return span(today + timedelta(distance), 4 if distance >= 7 else 0), used + 1
    return None
