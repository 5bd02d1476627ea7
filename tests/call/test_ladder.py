"""Whom to ring: by the hour, the language, and who rings together."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from voice_agent.call.ladder import LadderEntry, whom_to_ring

ZONE = ZoneInfo("America/New_York")
MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=ZONE)
DAY = LadderEntry("+15550150", hours={"monday": ("08:00-12:00", "13:00-17:00")})
NIGHT = LadderEntry("+15550151", hours={"sunday": ("22:00-06:00",)})


@pytest.mark.parametrize(
    ("day", "hour", "minute", "rung"),
    [(2, 8, 0, True), (2, 11, 59, True), (2, 12, 0, False), (2, 13, 0, True), (2, 17, 0, False), (3, 9, 0, False)],
)
def test_a_number_is_rung_in_its_hours(day: int, hour: int, minute: int, rung: bool) -> None:
    assert DAY.answers_at(datetime(2026, 3, day, hour, minute, tzinfo=ZONE)) is rung


@pytest.mark.parametrize(
    ("day", "hour", "rung"), [(1, 21, False), (1, 22, True), (2, 0, True), (2, 5, True), (2, 6, False), (2, 22, False)]
)
def test_a_night_goes_on_over_midnight(day: int, hour: int, rung: bool) -> None:
    assert NIGHT.answers_at(datetime(2026, 3, day, hour, tzinfo=ZONE)) is rung


def test_in_the_hour_that_a_clock_change_takes_away_nobody_is_lost() -> None:
    """2:30 on 8 March 2026 does not exist in New York; the night goes on around it."""
    night = LadderEntry("+15550151", hours={"saturday": ("22:00-06:00",)})
    assert night.answers_at(datetime(2026, 3, 8, 1, 59, tzinfo=ZONE))
    assert night.answers_at(datetime(2026, 3, 8, 3, 1, tzinfo=ZONE))


def test_plain_numbers_are_rung_one_after_the_other() -> None:
    assert whom_to_ring(("+15550100", "+15550101"), None, MONDAY_NOON, "en") == (("+15550100", "+15550101"), (0, 1))


def test_who_rings_with_the_one_before_is_in_its_step() -> None:
    ladder = ("+15550100", LadderEntry("+15550101", with_previous=True), "+15550102")
    assert whom_to_ring(ladder, None, MONDAY_NOON, "en") == (("+15550100", "+15550101", "+15550102"), (0, 0, 1))


def test_those_off_duty_are_left_out_and_the_others_keep_their_steps() -> None:
    ladder = (DAY, LadderEntry("+15550101", with_previous=True), "+15550102")
    assert whom_to_ring(ladder, None, MONDAY_NOON, "en") == (("+15550101", "+15550102"), (0, 1))


def test_the_number_on_call_comes_last_and_at_any_hour() -> None:
    assert whom_to_ring((DAY,), "+15550159", MONDAY_NOON, "en") == (("+15550159",), (1,))
    assert whom_to_ring(("+15550159",), "+15550159", MONDAY_NOON, "en") == (("+15550159",), (0,))


def test_who_speaks_the_callers_language_is_rung() -> None:
    english, both = LadderEntry("+15550100", languages=("en",)), LadderEntry("+15550101", languages=("es", "en"))
    assert whom_to_ring((english, both, "+15550102"), None, MONDAY_NOON, "es")[0] == ("+15550101", "+15550102")
    assert whom_to_ring((english,), None, MONDAY_NOON, "es")[0] == ("+15550100",), "better than nobody"


def test_nobody_on_duty_is_nobody() -> None:
    assert whom_to_ring((DAY,), None, MONDAY_NOON, "en") == ((), ())


@pytest.mark.parametrize(
    ("hours", "problem"),
    [
        ({"mondays": ("08:00-12:00",)}, "is no weekday"),
        ({"monday": ("8-12",)}, "is no span"),
        ({"monday": ("25:00-26:00",)}, "is no span"),
        ({"monday": ("08:00-08:00",)}, "is empty"),
    ],
)
def test_hours_that_are_none_are_named(hours: dict[str, tuple[str, ...]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        LadderEntry("+15550100", hours=hours)


def test_numbers_are_not_printed() -> None:
    assert "15550150" not in repr(DAY)
