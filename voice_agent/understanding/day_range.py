"""One day, or several."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class DayRange:
    """From `first` to `last`, both included; `day in range` works."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def span(first: date, days: int = 0) -> DayRange:
    """`first` and the `days` days after it."""
    return DayRange(first, first + timedelta(days))


def month_of(year: int, month: int) -> DayRange:
    """The whole month."""
    return DayRange(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
