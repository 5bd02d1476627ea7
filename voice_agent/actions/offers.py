"""Finding free times and offering them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from voice_agent.actions.turn import Turn
from voice_agent.ports import Scheduling, Slot
from voice_agent.understanding.dates import DayRange, spoken_date
from voice_agent.understanding.times import TimeRange, spoken_time

OFFERS: Final = 3
"""More than three times cannot be kept in mind over the telephone."""
NOTICE: Final = timedelta(hours=1)
"""Nobody is booked into a time that begins sooner."""
AHEAD_DAYS: Final = 30
"""How far ahead we look when the wanted days are full."""
WHOLE_DAY: Final = TimeRange(time(0, 0), time(23, 59))
SEEN: Final = 60
"""How many free times we look at to choose the three from: several clinicians are free at once."""
_CLOSE: Final = timedelta(minutes=90)
_APART: Final = timedelta(hours=1)
"""Offers this far apart are a choice; eight, eight twenty and eight forty are none."""


@dataclass(frozen=True, slots=True)
class Offers:
    """Free times, and whether they are what was asked for."""

    slots: tuple[Slot, ...]
    as_wanted: bool


def find_offers(
    scheduling: Scheduling, days: DayRange, times: TimeRange, now: datetime, refused: Collection[str] = ()
) -> Offers:
    """Up to three free times: as wanted, else near the wanted time, else the nearest at all. Raises SchedulingError.

    `refused`: starts (ISO 8601) that the caller does not want, and ids of slots that somebody else took.
    """
    if wanted := _free(scheduling, days, times, now, refused):
        return Offers(_spread(wanted), as_wanted=True)
    if close := _free(scheduling, days, _around(times), now, refused):
        return Offers(_closest(close, times), as_wanted=False)
    later = DayRange(days.first, days.last + timedelta(days=AHEAD_DAYS))
    for range_, hours in ((days, WHOLE_DAY), (later, times), (later, WHOLE_DAY)):
        if nearest := _free(scheduling, range_, hours, now, refused):
            return Offers(_spread(nearest), as_wanted=False)
    return Offers((), as_wanted=False)


def _around(times: TimeRange) -> TimeRange:
    day = datetime(2000, 1, 1)
    first = max(datetime.combine(day, times.first) - _CLOSE, day)
    last = min(datetime.combine(day, times.last) + _CLOSE, day + timedelta(hours=23, minutes=59))
    return TimeRange(first.time(), last.time())


def _free(
    scheduling: Scheduling, days: DayRange, times: TimeRange, now: datetime, refused: Collection[str]
) -> list[Slot]:
    """Free times in order, one for each start, on the first days that have enough of them."""
    soonest = now + NOTICE
    limit = SEEN + len(refused)
    if times == WHOLE_DAY:
        stretches = [DayRange(days.first, days.last)]
    else:
        stretches = [
            DayRange(at, at) for at in (days.first + timedelta(n) for n in range((days.last - days.first).days + 1))
        ]
    found: list[Slot] = []
    for stretch in stretches:
        after = max(soonest, datetime.combine(stretch.first, times.first, tzinfo=now.tzinfo))
        before = datetime.combine(stretch.last, times.last, tzinfo=now.tzinfo) + timedelta(minutes=1)
        if after < before:
            slots = scheduling.find_slots(after, before, limit)
            found += [slot for slot in slots if not {slot.id, slot.start.isoformat()} & set(refused)]
        if len(_distinct(found)) >= OFFERS:
            break
    return _distinct(found)


def _closest(slots: Sequence[Slot], times: TimeRange) -> tuple[Slot, ...]:
    """The times nearest to the wanted one, soonest first."""

    def minutes_off(slot: Slot) -> int:
        at, first, last = (part.hour * 60 + part.minute for part in (slot.start.time(), times.first, times.last))
        return max(first - at, at - last)

    day = slots[0].start.date()
    nearest = sorted((slot for slot in slots if slot.start.date() == day), key=minutes_off)[:OFFERS]
    return tuple(sorted(nearest, key=lambda slot: slot.start))


def _spread(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """The soonest, and two more that lie apart where there are such."""
    chosen = list(slots[:1])
    for slot in slots[1:]:
        if len(chosen) < OFFERS and slot.start - chosen[-1].start >= _APART:
            chosen.append(slot)
    rest = [slot for slot in slots if slot not in chosen]
    return tuple(sorted([*chosen, *rest[: OFFERS - len(chosen)]], key=lambda slot: slot.start))


def _distinct(slots: Sequence[Slot]) -> list[Slot]:
    """One slot for each start: two clinicians free at nine are one choice to a caller."""
    by_start: dict[datetime, Slot] = {}
    for slot in slots:
        by_start.setdefault(slot.start, slot)
    return [by_start[start] for start in sorted(by_start)]


def to_row(slot: Slot) -> dict[str, object]:
    """A slot as Rasa's tracker keeps it."""
    return {"id": slot.id, "start": slot.start.isoformat(), "minutes": slot.minutes, "clinician": slot.clinician}


def from_row(row: Mapping[str, object]) -> Slot:
    """The slot that `to_row` wrote."""
    return Slot(
        id=str(row["id"]),
        start=datetime.fromisoformat(str(row["start"])),
        minutes=int(str(row["minutes"])),
        clinician=str(row["clinician"]),
    )


def spoken(slot: Slot) -> str:
    """ "Tuesday, December first at ten thirty in the morning"."""
    return f"{spoken_date(slot.start.date())} at {spoken_time(slot.start.time())}"


def offer(turn: Turn, slots: Sequence[Slot]) -> None:
    """Say the offers, with a key for each."""
    variables: dict[str, str] = {}
    for place, slot in enumerate(slots, start=1):
        variables |= {
            f"day_{place}": spoken_date(slot.start.date()),
            f"time_{place}": spoken_time(slot.start.time()),
            f"clinician_{place}": slot.clinician,
        }
    same_day = len(slots) > 1 and len({slot.start.date() for slot in slots}) == 1
    count = ("one", "two", "three")[len(slots) - 1]
    turn.say(f"utter_offer_{count}{'_same_day' if same_day else ''}", **variables)
    keys = ("utter_which_time", "utter_which_time_again", "utter_which_time_once_more")
    one = ("utter_does_that_suit", "utter_does_that_suit_again", "utter_does_that_suit_once_more")
    turn.say((keys if len(slots) > 1 else one)[min(turn.count("failed_tries"), 2)])
    if len(slots) > 1:
        pressed = {str(place): f"option {place}" for place in range(1, len(slots) + 1)}
        turn.mark(keypad={**pressed, "9": "another time"})
