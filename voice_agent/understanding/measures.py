"""Ages, durations, temperatures, as callers say them."""

from __future__ import annotations

from typing import Final

from voice_agent.understanding.numbers import value_of
from voice_agent.understanding.words import expanded, says

_DAYS: Final = {"day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25}
_HOURS: Final = frozenset({"hour", "hours", "minute", "minutes"})
_AMOUNTS: Final = {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
_NOT_A_TEMPERATURE: Final = frozenset(
    {"year", "years", "month", "months", "week", "weeks", "day", "days", "hours", "pounds", "percent", "over", "times"}
)

_TODAY: Final = (
    "today", "this morning", "this afternoon", "this evening", "tonight", "just now", "just started", "hours",
)  # fmt: skip

Quantity = tuple[float, str]
"""(how many, the word after it)"""


def temperature_f(text: str) -> float | None:
    """Body temperature in degrees Fahrenheit: "one oh two point five", "ninety nine nine", "thirty nine celsius".

    The highest one said; None when there is none between 93 and 110 °F (34 to 43 °C).
    """
    readings = [
        degrees
        for value, unit in quantities(text)
        if unit not in _NOT_A_TEMPERATURE and (degrees := _fahrenheit(value)) is not None
    ]
    return max(readings, default=None)


def _fahrenheit(value: float) -> float | None:
    # "one oh one five" and "ninety nine nine" leave out the point.
    for reading in (value, value / 10):
        if 93 <= reading <= 110:
            return round(reading, 1)
        if 34 <= reading <= 43:
            return round(reading * 9 / 5 + 32, 1)
    return None


def age_days(text: str) -> int | None:
    """Age in days: "eight weeks old" → 56, "two and a half" → 913 (bare numbers are years), "newborn" → 0."""
    if says(text, ("newborn", "new born", "just born", "born today")):
        return 0
    found = quantities(text)
    dated = [(value, unit.removesuffix("s").removesuffix("'")) for value, unit in found]
    counted = [value * _DAYS[unit] for value, unit in dated if unit in _DAYS]
    if counted:
        return round(sum(counted))
    bare = [value for value, _ in found if value <= 120]
    return round(bare[0] * _DAYS["year"]) if len(bare) == 1 else None


def duration_days(text: str) -> int | None:
    """How long, in whole days: "since yesterday" → 1, "three days" → 3, "this morning" → 0, "over a week" → 8."""
    found = [(value, unit.removesuffix("s")) for value, unit in quantities(text)]
    counted = [value * _DAYS[unit] for value, unit in found if unit in _DAYS]
    if counted:
        longer = says(text, ("over", "more than", "at least"))
        return round(max(counted)) + (1 if longer else 0)
    if any(unit in _HOURS for _, unit in found):
        return 0
    if says(text, ("yesterday", "last night")):
        return 1
    if says(text, _TODAY):
        return 0
    if says(text, ("weeks", "months", "years")):
        return 14
    return None


def quantities(text: str) -> list[Quantity]:
    """Every amount and the word after it: "two and a half years" → [(2.5, "years")], "101.5" → [(101.5, "")]."""
    heard = expanded(text)
    found: list[Quantity] = []
    at = 0
    while at < len(heard):
        value, end = _amount(heard, at)
        if value is None:
            at += 1
            continue
        if heard[end : end + 3] == ["and", "a", "half"]:
            value, end = value + 0.5, end + 3
        if heard[end : end + 1] == ["of"]:
            end += 1
        unit = heard[end] if end < len(heard) else ""
        if heard[end + 1 : end + 4] == ["and", "a", "half"]:
            value += 0.5
        # "a stomach" is no amount: "a" counts only before a unit of time.
        if heard[at] not in {"a", "an"} or unit.removesuffix("s") in _DAYS or unit in _HOURS or end > at + 1:
            found.append((value, unit))
        at = end
    return found


def _amount(heard: list[str], at: int) -> tuple[float | None, int]:
    if heard[at] == "a" and at + 1 < len(heard) and heard[at + 1] in {"couple", "few", "hundred"}:
        at += 1
    end = at
    while end < len(heard) and (_is_number(heard[end]) or (end > at and _joins(heard, end))):
        end += 1
    if end == at:
        amount = _AMOUNTS.get(heard[at])
        return (float(amount), at + 1) if amount else (None, at)
    whole = value_of([word for word in heard[at:end] if word != "and"])
    if whole is None:
        return None, at
    if heard[end : end + 1] == ["point"]:
        stop = end + 1
        while stop < len(heard) and _is_number(heard[stop]):
            stop += 1
        fraction = value_of(heard[end + 1 : stop])
        if fraction is not None:
            return float(f"{whole}.{fraction}"), stop
    return float(whole), end


def _joins(heard: list[str], at: int) -> bool:
    """ "hundred and one"."""
    return heard[at] == "and" and heard[at - 1] == "hundred" and at + 1 < len(heard) and _is_number(heard[at + 1])


def _is_number(word: str) -> bool:
    return value_of([word]) is not None
