"""Ages and durations that nobody asked for."""

from __future__ import annotations

from datetime import date

import pytest

from voice_agent.understanding.stated import lasting_days, stated_age_days, stated_days

FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my eight week old has a fever of one oh one", 56),
        ("i'm a sixty five year old man with a cough", 23741),
        ("my two and a half year old has had a fever for three days", 913),
        ("the newborn is hot", 0),
        ("i am seventy two and my leg is swollen", 26298),
        ("my mother is eighty", 29220),
        ("my temperature is a hundred and two", None),
        ("it is forty degrees", None),
        ("i am three days into this cold", None),
        ("i've had it for three days", None),
        ("i feel old", None),
    ],
)
def test_stated_age(said: str, expected: int | None) -> None:
    assert stated_age_days(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my two year old has had a fever for three days", 3),
        ("i've had a sore throat since monday", 4),
        ("it began on friday", 7),
        ("it started this morning", 0),
        ("the last two weeks", 14),
        ("i have had it a long time", 30),
        ("my two year old is coughing", None),
        ("i'd like to come on monday", None),
    ],
)
def test_stated_duration(said: str, expected: int | None) -> None:
    assert stated_days(said, FRIDAY) == expected


def test_a_weekday_needs_to_know_what_day_it_is() -> None:
    assert lasting_days("since tuesday") is None
    assert lasting_days("tuesday", FRIDAY) == 3
    assert lasting_days("since yesterday", FRIDAY) == 1
