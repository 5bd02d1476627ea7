"""Slots follow from opening hours, also on the days when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent import strict_yaml
from voice_agent.errors import ContentError
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar, blocks

DAILY = dict.fromkeys(("saturday", "sunday", "monday"), ("00:00-06:00",))
NIGHT = ClinicCalendar(time_zone="America/New_York", opening_hours=DAILY, slot_minutes=60, clinicians=("Doctor Lee",))


def _starts(calendar: ClinicCalendar, day: date) -> list[str]:
    start = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    return [slot.start.strftime("%H:%M%z") for slot in calendar.slots(start, start + timedelta(1))]


def test_the_hour_that_clocks_skip_has_no_slot() -> None:
    assert _starts(NIGHT, date(2027, 3, 14)) == [
        "00:00-0500", "01:00-0500", "03:00-0400", "04:00-0400", "05:00-0400",
    ]  # fmt: skip


def test_the_hour_that_comes_twice_has_two_slots_with_ids_of_their_own() -> None:
    assert _starts(NIGHT, date(2026, 11, 1))[:4] == ["00:00-0400", "01:00-0400", "01:00-0500", "02:00-0500"]
    start = datetime(2026, 11, 1, tzinfo=NIGHT.zone)
    ids = [slot.id for slot in NIGHT.slots(start, start + timedelta(1))]
    assert len(set(ids)) == len(ids) == 7


def test_a_lunch_break_two_clinicians_and_a_rest_too_short_for_a_slot() -> None:
    calendar = ClinicCalendar(
        opening_hours={"monday": ("13:00-13:50", "09:00-09:20")},
        clinicians=("Doctor Lee", "Nurse Ann"),
        slot_minutes=20,
    )
    start = datetime(2026, 11, 23, tzinfo=calendar.zone)
    found = [(slot.start.strftime("%H:%M"), slot.clinician) for slot in calendar.slots(start, start + timedelta(1))]
    assert found == [
        ("09:00", "Doctor Lee"), ("09:00", "Nurse Ann"), ("13:00", "Doctor Lee"), ("13:00", "Nurse Ann"),
        ("13:20", "Doctor Lee"), ("13:20", "Nurse Ann"),
    ]  # fmt: skip


@settings(deadline=None)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_every_slot_is_found_again_by_its_id(when: datetime) -> None:
    start = when.replace(tzinfo=UTC)
    for slot in NIGHT.slots(start, start + timedelta(2)):
        assert NIGHT.slot(slot.id) == slot
        assert slot.start.utcoffset() == slot.start.astimezone(NIGHT.zone).utcoffset()


def test_an_id_that_is_no_slot_is_none() -> None:
    for slot_id in ("", "20261123T1400Z", "20261101T0400Z-doctor-who", "99999999T9999Z-doctor-lee"):
        assert NIGHT.slot(slot_id) is None


def test_an_appointment_holds_five_minute_blocks() -> None:
    start = datetime(2026, 11, 23, 9, 0, tzinfo=NIGHT.zone)
    assert blocks(start, 15) == [start.astimezone(UTC) + timedelta(minutes=minutes) for minutes in (0, 5, 10)]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("time_zone: Mars/Olympus", "no IANA zone"),
        ("opening_hours: {munday: ['08:00-12:00']}", "no weekday"),
        ("opening_hours: {monday: ['8-12']}", "08:00-12:00"),
        ("opening_hours: {monday: ['12:00-08:00']}", "08:00-12:00"),
        ("slot_minutes: 7", "multiple of 5"),
        ("slot_minutes: 0", "multiple of 5"),
        ("clinicians: [Doctor Lee, doctor lee]", "differ"),
        ("slot_minute: 20", "did you mean 'slot_minutes'"),
    ],
)
def test_a_wrong_setting_is_explained(line: str, complaint: str) -> None:
    with pytest.raises(ContentError, match=complaint):
        strict_yaml.parse(line, ClinicCalendar, name="config.yaml")
