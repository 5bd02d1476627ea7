"""Times of day as callers say them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Final

from voice_agent.understanding.birth_dates import MONTHS
from voice_agent.understanding.numbers import TENS, UNITS, ZEROS, below_hundred, is_ordinal, spoken_number
from voice_agent.understanding.words import corrected, expanded, says


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `first` to `last`, both included; `time in range` works. One exact time has both equal."""

    first: time
    last: time

    def __contains__(self, at: time) -> bool:
        return self.first <= at <= self.last


WHOLE_DAY: Final = TimeRange(time(0, 0), time(23, 59))
CLINIC_DAY: Final = TimeRange(time(7, 0), time(18, 59))
"""When a bare "three" can be meant."""

_AROUND_MINUTES: Final = 30
_ANY: Final = (
    "any time", "anytime", "whenever", "does not matter", "do not care", "no preference", "all day", "either",
    "you pick",    "any of them", "as soon as possible", "first available", "next available", "earliest", "soonest",
)  # fmt: skip
_PARTS: Final = {
    "first thing in the morning": (time(0, 0), time(9, 59)),
    "first thing": (time(0, 0), time(9, 59)),
    "early morning": (time(0, 0), time(9, 59)),
    "early in the morning": (time(0, 0), time(9, 59)),
    "late morning": (time(10, 0), time(11, 59)),
    "morning": (time(0, 0), time(11, 59)),
    "mornings": (time(0, 0), time(11, 59)),
    "after lunch": (time(13, 0), time(17, 59)),
    "lunch time": (time(11, 30), time(13, 30)),
    "lunchtime": (time(11, 30), time(13, 30)),
    "lunch": (time(11, 30), time(13, 30)),
    "early afternoon": (time(12, 0), time(13, 59)),
    "early in the afternoon": (time(12, 0), time(13, 59)),
    "late afternoon": (time(15, 0), time(17, 59)),
    "late in the afternoon": (time(15, 0), time(17, 59)),
    "afternoon": (time(12, 0), time(17, 59)),
    "afternoons": (time(12, 0), time(17, 59)),
    "end of the day": (time(16, 0), time(23, 59)),
    "late in the day": (time(16, 0), time(23, 59)),
    "after work": (time(17, 0), time(23, 59)),
    "after school": (time(15, 0), time(23, 59)),
    "evening": (time(17, 0), time(23, 59)),
    "evenings": (time(17, 0), time(23, 59)),
    "night": (time(18, 0), time(23, 59)),
    "tonight": (time(18, 0), time(23, 59)),
}
_NOT_A_CLOCK_AFTER: Final = frozenset(
    {"th", "day", "days", "week", "weeks", "month", "months", "year", "years", "people", "of", "hundred", "thousand"}
)

_BEFORE_A_THING: Final = frozenset(
    {"the", "this", "that", "last", "first", "second", "third", "other", "next", "which"}
)
"""What makes "one" a thing instead of an hour: "the last one"."""

Clock = tuple[int, int, int]
"""(minute of the day, where its words start, where they end)"""


def time_of_day(text: str, clinic_day: TimeRange = CLINIC_DAY) -> TimeRange | None:
    """The time or times that a caller wants; "any time" is the whole day; None when no time was said.

    A bare "three" is the one that lies in `clinic_day`, unless "in the morning" or the like says otherwise.
    """
    revised = corrected(text)
    if revised and (found := _time_of_day(revised, clinic_day)):
        return found
    return _time_of_day(text, clinic_day)


def _time_of_day(text: str, clinic_day: TimeRange) -> TimeRange | None:
    heard = expanded(text)
    part = _part_of_day(heard)
    clocks = _clocks(heard, part, clinic_day)
    if clocks:
        ranges = [_bounded(clock, heard, part, alone=len(clocks) == 1) for clock in clocks]
        return TimeRange(min(found.first for found in ranges), max(found.last for found in ranges))
    if part:
        return part
    return WHOLE_DAY if says(text, _ANY) else None


def _part_of_day(heard: list[str]) -> TimeRange | None:
    """ "in the morning", "not in the afternoon", "morning or afternoon"."""
    found: list[TimeRange] = []
    at = 0
    while at < len(heard):
        phrase = next((p for p in _PARTS if heard[at : at + len(p.split())] == p.split()), None)
        if phrase:
            first, last = _PARTS[phrase]
            refused = "not" in heard[max(0, at - 5) : at]
            if not refused:
                found.append(TimeRange(first, last))
            elif first == time(0, 0):
                found.append(TimeRange(time(12, 0), time(23, 59)))
            else:
                found.append(TimeRange(time(0, 0), _at(_minutes(first) - 1)))
        at += len(phrase.split()) if phrase else 1
    if not found:
        return None
    return TimeRange(min(part.first for part in found), max(part.last for part in found))


def _clocks(heard: list[str], part: TimeRange | None, clinic_day: TimeRange) -> list[Clock]:
    clocks: list[Clock] = []
    at = 0
    while at < len(heard):
        read = _clock(heard, at)
        if not read:
            at += 1
            continue
        hour, minute, end = read
        half, end = _half_of_day(heard, end)
        if (placed := _placed(hour, minute, half, part, clinic_day)) is not None:
            clocks.append((placed, at, end))
        at = end
    return clocks


def _clock(heard: list[str], at: int) -> tuple[int, int, int] | None:
    """(hour as said, minute, end) of the clock time that starts at `at`."""
    word = heard[at]
    if word in {"noon", "midday", "midnight"}:
        return (24 if word == "midnight" else 12), 0, at + 1
    if past := _past_or_to(heard, at):
        return past
    if at > 0 and (heard[at - 1] in MONTHS or heard[at - 1] in {"in", "point", *TENS}):
        return None
    if word == "one" and at > 0 and heard[at - 1] in _BEFORE_A_THING and len(heard) == at + 1:
        return None
    if word.isdigit() and len(word) == 4 and int(word[:2]) < 24 and int(word[2:]) < 60 and not 1900 <= int(word) < 2060:
        return int(word[:2]), int(word[2:]), at + 1
    for size in (2, 1):
        run = heard[at : at + size]
        hour = below_hundred(run) if len(run) == size and not is_ordinal(run) else None
        if hour is None or not 0 <= hour < 24 or run[0] in ZEROS or (size == 2 and run[0] != "twenty"):
            continue
        minute, end = _minute(heard, at + size)
        following = heard[end] if end < len(heard) else ""
        # "march third nineteen fifty two" is a year.
        a_year = hour > 12 and at > 0 and is_ordinal([heard[at - 1]])
        if following in _NOT_A_CLOCK_AFTER or (hour == 0 and not minute) or a_year:
            return None
        return hour, minute, end
    return None


def _past_or_to(heard: list[str], at: int) -> tuple[int, int, int] | None:
    """ "half past three", "quarter to four", "ten after three", "half three" is not American and not read."""
    start = at + 1 if heard[at] == "a" else at
    for size in (2, 1):
        run = heard[start : start + size]
        if len(run) < size:
            continue
        minutes = {"half": 30, "quarter": 15}.get(run[0]) if size == 1 else None
        minutes = minutes or below_hundred(run)
        end = start + size
        if end < len(heard) and heard[end] == "minutes":
            end += 1
        joint = heard[end] if end < len(heard) else ""
        hour_word = heard[end + 1] if end + 1 < len(heard) else ""
        hour = 12 if hour_word == "noon" else below_hundred([hour_word]) if hour_word else None
        if not minutes or minutes > 30 or hour is None or not 1 <= hour <= 12:
            continue
        if joint in {"past", "after"} and not (joint == "after" and minutes < 5):
            return hour, minutes, end + 2
        # "two to four" is a span, "ten to four" a time.
        if joint in {"to", "till", "til", "of"} and (minutes in {5, 10, 15, 20, 25}):
            return (hour - 1) or 12, 60 - minutes, end + 2
    return None


def _minute(heard: list[str], at: int) -> tuple[int, int]:
    """(minute, end): "thirty", "oh five", "30"; 0 when the hour stands alone."""
    for size in (2, 1):
        run = heard[at : at + size]
        # "the ten thirty one" asks for the one at ten thirty.
        the_one = size == 2 and run[1:] == ["one"] and at + 2 == len(heard)
        if len(run) < size or is_ordinal(run) or the_one:
            continue
        minute = below_hundred(run)
        said_so = run[0] in ZEROS or (minute or 0) >= 10 or (run[0].isdigit() and len(run[0]) == 2)
        if minute is not None and minute < 60 and said_so and not (size == 2 and run[0] in UNITS):
            return minute, at + size
    return 0, at


def _half_of_day(heard: list[str], at: int) -> tuple[str, int]:
    """("am" | "pm" | "", end)"""
    while at < len(heard) and heard[at] in {"o'clock", "oclock", "sharp"}:
        at += 1
    match heard[at : at + 2]:
        case ["am" | "pm" as half, *_]:
            return half, at + 1
        case ["a" | "p" as letter, "m"]:
            return f"{letter}m", at + 2
    return "", at


def _placed(hour: int, minute: int, half: str, part: TimeRange | None, clinic_day: TimeRange) -> int | None:
    """The minute of the day that is meant."""
    if hour == 24:
        return 0
    if hour > 12 or hour == 0:
        return hour * 60 + minute
    morning, afternoon = hour % 12 * 60 + minute, (hour % 12 + 12) * 60 + minute
    if half:
        return morning if half == "am" else afternoon
    candidates = (morning, afternoon)
    for bounds in (part, clinic_day):
        inside = [candidate for candidate in candidates if bounds and _at(candidate) in bounds]
        if len(inside) == 1:
            return inside[0]
    if part and part.first >= time(12, 0):
        return afternoon
    return morning if hour >= 7 and hour != 12 else afternoon


def _bounded(clock: Clock, heard: list[str], part: TimeRange | None, *, alone: bool) -> TimeRange:
    """ "after two", "before noon", "around four", "two or later"."""
    minute, start, end = clock
    at = _at(minute)
    end_of_part = max(at, part.last) if part else time(23, 59)
    before = heard[max(0, start - 3) : start]
    after = heard[end : end + 2]
    if after[-1:] in (["later"], ["after"]) or after[:1] == ["onwards"] or (alone and before[-1:] == ["from"]):
        return TimeRange(at, end_of_part)
    if after == ["or", "earlier"] or after == ["or", "before"]:
        return TimeRange(time(0, 0), at)
    match before[-2:]:
        case [*_, "after" | "past" | "since"] | ["later", "than"]:
            return TimeRange(at, end_of_part)
        case [*_, "before"] | ["earlier", "than"]:
            return TimeRange(time(0, 0), _at(max(0, minute - 1)))
        case [*_, "by" | "until" | "till"]:
            return TimeRange(time(0, 0), at)
        case [*_, "around" | "about" | "roughly" | "near"] | ["close", "to"]:
            return TimeRange(_at(max(0, minute - _AROUND_MINUTES)), _at(min(24 * 60 - 1, minute + _AROUND_MINUTES)))
    return TimeRange(at, at)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _at(minute: int) -> time:
    return time(minute // 60, minute % 60)


def spoken_time(at: time) -> str:
    """As we say an appointment's time: "ten thirty in the morning", "noon"."""
    if (at.hour, at.minute) == (12, 0):
        return "noon"
    if (at.hour, at.minute) == (0, 0):
        return "midnight"
    hour = spoken_number(at.hour % 12 or 12)
    minute = "" if not at.minute else f" {'oh ' if at.minute < 10 else ''}{spoken_number(at.minute)}"
    part = "in the morning" if at.hour < 12 else "in the afternoon" if at.hour < 18 else "in the evening"
    return f"{hour}{minute} {part}"
