"""When the clinic sees patients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from voice_agent.ports import Slot

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BLOCK_MINUTES: Final = 5
"""The grain of the book: every appointment begins and ends on it."""
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_STAMP: Final = "%Y%m%dT%H%MZ"


@dataclass(frozen=True, slots=True)
class ClinicCalendar:
    """The clinic's opening hours; slots follow from them. Read from config.yaml by strict_yaml.

    Raises ValueError, with a sentence, for hours, zones or lengths that make no calendar.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    time_zone: str = "America/New_York"
    """IANA name."""
    opening_hours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Weekday ("monday") → ("08:00-12:00", "13:00-17:00"), clinic time; a missing day is closed."""
    slot_minutes: int = 20
    """Length of an appointment, a multiple of 5."""
    clinicians: tuple[str, ...] = ()
    """As they are spoken: "Doctor Lee"."""
    horizon_days: int = 60
    """How far ahead one can book."""
    closed_on: tuple[date, ...] = ()
    """Holidays."""

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"time_zone {self.time_zone!r} is no IANA zone, such as America/New_York") from error
        for weekday, spans in self.opening_hours.items():
            if weekday not in WEEKDAYS:
                raise ValueError(f"opening_hours: {weekday!r} is no weekday; write monday … sunday")
            for span in spans:
                _opening(span)
        if self.slot_minutes < BLOCK_MINUTES or self.slot_minutes % BLOCK_MINUTES:
            raise ValueError(f"slot_minutes must be a multiple of {BLOCK_MINUTES}, not {self.slot_minutes}")
        names = [_slug(clinician) for clinician in self.clinicians]
        if len(set(names)) < len(names) or not all(names):
            raise ValueError("clinicians must have names that differ in their letters")

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.time_zone)

    def slots(self, after: datetime, before: datetime) -> Iterator[Slot]:
        """All slots, free or not, with after <= start < before, soonest first, in clinic time."""
        day = after.astimezone(self.zone).date()
        last = before.astimezone(self.zone).date()
        while day <= last:
            for slot in self._slots_of(day):
                if after <= slot.start < before:
                    yield slot
            day += timedelta(1)

    def _slots_of(self, day: date) -> list[Slot]:
        """The slots of one day, by start and clinician."""
        if day in self.closed_on:
            return []
        starts: list[datetime] = []
        for span in self.opening_hours.get(WEEKDAYS[day.weekday()], ()):
            opens, closes = _opening(span)
            # Stepping in UTC keeps slots an equal distance apart on the days when clocks change.
            start = datetime.combine(day, opens, self.zone).astimezone(UTC)
            end = datetime.combine(day, closes, self.zone).astimezone(UTC)
            while start + timedelta(minutes=self.slot_minutes) <= end:
                starts.append(start)
                start += timedelta(minutes=self.slot_minutes)
        return [
            Slot(_slot_id(start, who), start.astimezone(self.zone), self.slot_minutes, who)
            for start in sorted(starts)
            for who in self.clinicians
        ]

    def slot(self, slot_id: str) -> Slot | None:
        """The slot with this id, if the clinic is open then."""
        stamp, _, _ = slot_id.partition("-")
        try:
            start = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None
        return next((slot for slot in self.slots(start, start + timedelta(minutes=1)) if slot.id == slot_id), None)

    def bookable(self, now: datetime, after: datetime, before: datetime) -> Iterator[Slot]:
        """The slots between `after` and `before` that are neither past nor beyond the horizon."""
        return self.slots(max(after, now), min(before, now + timedelta(self.horizon_days)))


def blocks(start: datetime, minutes: int) -> list[datetime]:
    """The five-minute blocks, in UTC, that an appointment holds; two that share one overlap."""
    first = start.astimezone(UTC)
    return [first + timedelta(minutes=offset) for offset in range(0, minutes, BLOCK_MINUTES)]


def _opening(span: str) -> tuple[time, time]:
    found = _SPAN.fullmatch(span)
    hours = [int(part) for part in found.groups()] if found else [0, 0, 0, 0]
    opens, closes = time(hours[0], hours[1]), time(hours[2], hours[3])
    if opens >= closes or opens.minute % BLOCK_MINUTES:
        raise ValueError(f"opening_hours: {span!r} must read like 08:00-12:00, opening on a multiple of 5 minutes")
    return opens, closes


def _slot_id(start: datetime, clinician: str) -> str:
    return f"{start.astimezone(UTC).strftime(_STAMP)}-{_slug(clinician)}"


def _slug(name: str) -> str:
    return "-".join(re.findall(r"\w+", name.lower()))
