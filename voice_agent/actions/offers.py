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
_CLOSE: Final = timedelta(minutes=90)


@dataclass(frozen=True, slots=True)
class Offers:
    """Free times, and whether they are what was asked for."""

    slots: tuple[Slot, ...]
    as_wanted: bool


def find_offers(
    scheduling: Scheduling, days: DayRange, times: TimeRange, now: datetime, refused: Collection[str] = ()
) -> Offers:
    """Up to three free times: as wanted, else near the wanted time, else the nearest at all. Raises SchedulingError."""
    if wanted := _free(scheduling, days, times, now, refused):
        return Offers(wanted, as_wanted=True)
    later = DayRange(days.first, days.last + timedelta(days=AHEAD_DAYS))
    for range_, hours in ((days, _around(times)), (days, WHOLE_DAY), (later, times), (later, WHOLE_DAY)):
        if nearest := _free(scheduling, range_, hours, now, refused):
            return Offers(nearest, as_wanted=False)
    return Offers((), as_wanted=False)


def _around(times: TimeRange) -> TimeRange:
    day = datetime(2000, 1, 1)
    first = max(datetime.combine(day, times.first) - _CLOSE, day)
    last = min(datetime.combine(day, times.last) + _CLOSE, day + timedelta(hours=23, minutes=59))
    return TimeRange(first.time(), last.time())


def _free(
    scheduling: Scheduling, days: DayRange, times: TimeRange, now: datetime, refused: Collection[str]
) -> tuple[Slot, ...]:
    soonest = now + NOTICE
    limit = OFFERS + len(refused)
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
            found += [slot for slot in scheduling.find_slots(after, before, limit) if slot.id not in refused]
        if len(_distinct(found)) >= OFFERS:
            break
    return tuple(_distinct(found)[:OFFERS])


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
