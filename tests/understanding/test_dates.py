"""Days and dates of birth, however they are said."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.understanding.dates import DayRange, birth_date, day, spoken_birth_date, spoken_date
from voice_agent.understanding.numbers import spoken_number, spoken_ordinal

WEDNESDAY = date(2026, 11, 25)
BIRTHDAYS = st.dates(date(1910, 1, 1), WEDNESDAY)
SPOKEN_DIGITS = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def _ways_to_say(born: date) -> list[str]:
    month = calendar.month_name[born.month].lower()
    year = spoken_birth_date(born).split(", ")[1]
    one_by_one = " ".join(SPOKEN_DIGITS[int(digit)] for digit in born.strftime("%m%d%Y"))
    return [
        f"{month} {spoken_ordinal(born.day)} {year}",
        f"{month} the {spoken_ordinal(born.day)} {year}",
        f"the {spoken_ordinal(born.day)} of {month} {year}",
        f"{month} {spoken_number(born.day)} {year}",
        f"my date of birth is {month} {born.day} {born.year}",
        one_by_one,
        born.strftime("%m/%d/%Y"),
        born.strftime("%m%d%Y"),
        born.isoformat(),
        spoken_birth_date(born),
    ]


@settings(deadline=None)
@given(BIRTHDAYS)
def test_a_birthday_is_the_same_in_every_way_of_saying_it(born: date) -> None:
    for said in _ways_to_say(born):
        assert birth_date(said, WEDNESDAY) == born, said


@settings(deadline=None)
@given(BIRTHDAYS)
def test_month_and_day_as_numbers(born: date) -> None:
    year = spoken_birth_date(born).split(", ")[1]
    assert birth_date(f"{spoken_number(born.month)} {spoken_number(born.day)} {year}", WEDNESDAY) == born


@settings(deadline=None)
@given(st.dates(date(1936, 1, 1), date(1999, 12, 31)))
def test_a_year_of_two_digits_is_past(born: date) -> None:
    said = f"{calendar.month_name[born.month]} {spoken_ordinal(born.day)} {spoken_number(born.year % 100)}"
    assert birth_date(said, WEDNESDAY) == born


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("three three fifty two", date(1952, 3, 3)),
        ("the third of march fifty two", date(1952, 3, 3)),
        ("march third no march fourth nineteen fifty two", date(1952, 3, 4)),
        ("twelve thirty one oh four", date(2004, 12, 31)),
        ("may fifth twenty six", date(2026, 5, 5)),
        ("december fifth twenty six", date(1926, 12, 5)),
        ("31 12 1952", date(1952, 12, 31)),
        ("march third", None),
        ("nineteen fifty two", None),
        ("february thirtieth nineteen eighty", None),
        ("march third eighteen ninety", None),
        ("march third twenty thirty", None),
        ("march third nineteen fifty two fifty three", None),
        ("i would rather not say", None),
    ],
)
def test_birth_date(said: str, expected: date | None) -> None:
    assert birth_date(said, WEDNESDAY) == expected


def _days(first: str, last: str | None = None) -> DayRange:
    return DayRange(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("tomorrow", _days("2026-11-26")),
        ("day after tomorrow", _days("2026-11-27")),
        ("can i come in today", _days("2026-11-25")),
        ("friday", _days("2026-11-27")),
        ("this friday", _days("2026-11-27")),
        ("next friday", _days("2026-12-04")),
        ("next tuesday", _days("2026-12-01")),
        ("wednesday", _days("2026-12-02")),
        ("this wednesday", _days("2026-11-25")),
        ("tuesday next week", _days("2026-12-01")),
        ("next week on thursday", _days("2026-12-03")),
        ("a week from monday", _days("2026-12-07")),
        ("two days from now", _days("2026-11-27")),
        ("in three days", _days("2026-11-28")),
        ("in two weeks", _days("2026-12-09", "2026-12-13")),
        ("next week", _days("2026-11-30", "2026-12-06")),
        ("this week", _days("2026-11-25", "2026-11-29")),
        ("next month", _days("2026-12-01", "2026-12-31")),
        ("in january", _days("2027-01-01", "2027-01-31")),
        ("the twelfth", _days("2026-12-12")),
        ("the thirty first", _days("2026-12-31")),
        ("december second", _days("2026-12-02")),
        ("the second of december", _days("2026-12-02")),
        ("december two at ten", _days("2026-12-02")),
        ("12/2", _days("2026-12-02")),
        ("monday december 7th", _days("2026-12-07")),
        ("november third", _days("2027-11-03")),
        ("monday or tuesday", _days("2026-11-30", "2026-12-01")),
        ("next tuesday or monday", _days("2026-11-30", "2026-12-01")),
        ("next wednesday or monday", _days("2026-11-30", "2026-12-02")),
        ("thursday or monday", _days("2026-11-26", "2026-11-30")),
        ("next friday or saturday", _days("2026-12-04", "2026-12-05")),
        ("after the tenth", _days("2026-12-11", "2026-12-24")),
        ("before friday", _days("2026-11-25", "2026-11-26")),
        ("the week of december seventh", _days("2026-12-07", "2026-12-13")),
        ("any day", _days("2026-11-25", "2027-01-24")),
        ("as soon as possible", _days("2026-11-25", "2027-01-24")),
        ("tuesday no wait wednesday", _days("2026-12-02")),
        ("i can't do monday or tuesday how about thursday", _days("2026-11-26")),
        ("may i come on friday", _days("2026-11-27")),
        ("yes but monday is better", _days("2026-11-30")),
        ("not monday", None),
        ("monday doesn't work", None),
        ("wait a second", None),
        ("the second one", None),
        ("november third twenty twenty five", None),
        ("hello", None),
    ],
)
def test_day(said: str, expected: DayRange | None) -> None:
    assert day(said, WEDNESDAY) == expected


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(0, 364))
def test_a_day_that_we_say_is_understood(today: date, ahead: int) -> None:
    meant = today + timedelta(ahead)
    assert day(spoken_date(meant), today) == DayRange(meant, meant)
    assert day(f"how about {spoken_date(meant)} please", today) == DayRange(meant, meant)


VOCABULARY = (
    "monday tuesday friday next this week weeks two in a the first third december may of from or not after before day "
    "tomorrow any month second on twenty one weekend between and no wait"
)
WORDS = st.sampled_from(VOCABULARY.split())


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.lists(WORDS, max_size=8))
def test_no_wish_lies_in_the_past(today: date, said: list[str]) -> None:
    wanted = day(" ".join(said), today)
    assert wanted is None or today <= wanted.first <= wanted.last


@settings(deadline=None)
@given(st.text(max_size=60))
def test_anything_can_be_said(text: str) -> None:
    born = birth_date(text, WEDNESDAY)
    assert born is None or born <= WEDNESDAY
    day(text, WEDNESDAY)


def test_how_days_are_said() -> None:
    assert spoken_date(date(2026, 12, 1)) == "Tuesday, December first"
    assert spoken_birth_date(date(1952, 3, 3)) == "March third, nineteen fifty two"
    assert spoken_birth_date(date(2005, 1, 21)) == "January twenty first, two thousand five"
    assert spoken_birth_date(date(2000, 1, 30)) == "January thirtieth, two thousand"
    assert spoken_birth_date(date(1905, 1, 30)) == "January thirtieth, nineteen oh five"
