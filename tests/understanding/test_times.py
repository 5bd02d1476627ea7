"""Times of day, however they are said."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.understanding.times import TimeRange, spoken_time, time_of_day


def _range(first: str, last: str | None = None) -> TimeRange:
    return TimeRange(time.fromisoformat(first), time.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("three", _range("15:00")),
        ("nine", _range("09:00")),
        ("ten thirty", _range("10:30")),
        ("three oh five", _range("15:05")),
        ("half past three", _range("15:30")),
        ("a quarter past nine", _range("09:15")),
        ("ten to four", _range("15:50")),
        ("10:30 AM", _range("10:30")),
        ("1530", _range("15:30")),
        ("two o'clock", _range("14:00")),
        ("eight at night", _range("20:00")),
        ("noon", _range("12:00")),
        ("after two", _range("14:00", "23:59")),
        ("before noon", _range("00:00", "11:59")),
        ("around four p m", _range("15:30", "16:30")),
        ("between two and four", _range("14:00", "16:00")),
        ("from two to four", _range("14:00", "16:00")),
        ("two or later", _range("14:00", "23:59")),
        ("tomorrow afternoon after two", _range("14:00", "17:59")),
        ("morning", _range("00:00", "11:59")),
        ("i can't do mornings", _range("12:00", "23:59")),
        ("late afternoon", _range("15:00", "17:59")),
        ("any time", _range("00:00", "23:59")),
        ("three thirty no wait four", _range("16:00")),
        ("december two at ten", _range("10:00")),
        ("the ten thirty one", _range("10:30")),
        ("wednesday after lunch", _range("13:00", "17:59")),
        ("the last one", None),
        ("december second", None),
        ("in two weeks", None),
        ("march third nineteen fifty two", None),
        ("hello", None),
    ],
)
def test_time_of_day(said: str, expected: TimeRange | None) -> None:
    assert time_of_day(said) == expected


def test_a_bare_hour_lies_in_the_clinics_own_day() -> None:
    assert time_of_day("seven", _range("10:00", "20:00")) == _range("19:00")


@settings(deadline=None)
@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_time_that_we_say_is_understood(at: time) -> None:
    assert time_of_day(spoken_time(at)) == TimeRange(at, at)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_anything_can_be_said(text: str) -> None:
    wanted = time_of_day(text)
    assert wanted is None or wanted.first in wanted


def test_how_times_are_said() -> None:
    assert spoken_time(time(10, 30)) == "ten thirty in the morning"
    assert spoken_time(time(12, 0)) == "noon"
    assert spoken_time(time(15, 5)) == "three oh five in the afternoon"
    assert spoken_time(time(18, 0)) == "six in the evening"
