"""Temperatures, ages, durations."""

from __future__ import annotations

import pytest

from voice_agent.understanding.measures import age_days, duration_days, temperature_f


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("one oh two point five", 102.5),
        ("one oh two", 102.0),
        ("a hundred and one point two", 101.2),
        ("ninety nine nine", 99.9),
        ("one oh one five", 101.5),
        ("thirty nine point two", 102.6),
        ("101.5", 101.5),
        ("it was ninety nine now it's one oh two", 102.0),
        ("he's thirty nine years old", None),
        ("two hundred", None),
        ("no thermometer", None),
    ],
)
def test_temperature(said: str, expected: float | None) -> None:
    assert temperature_f(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("eight weeks old", 56),
        ("newborn", 0),
        ("she is two", 730),
        ("eighteen months", 548),
        ("a year and a half", 548),
        ("two and a half", 913),
        ("one year and two months", 426),
        ("three months", 91),
        ("quite old", None),
    ],
)
def test_age(said: str, expected: int | None) -> None:
    assert age_days(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("since yesterday", 1),
        ("three days", 3),
        ("this morning", 0),
        ("a few hours", 0),
        ("a week", 7),
        ("over a week", 8),
        ("a couple of days", 2),
        ("for weeks", 14),
        ("a stomach ache", None),
    ],
)
def test_duration(said: str, expected: int | None) -> None:
    assert duration_days(said) == expected
