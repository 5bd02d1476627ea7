"""Numbers, spoken and typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.understanding.numbers import digits, number, spoken_number

SPOKEN_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("oh three double four", "0344"),
        ("one twenty three", "123"),
        ("415-555-0100", "4155550100"),
        ("four one for two", "4142"),
        ("my number is eight hundred five five five", "800555"),
        ("one hundred and twenty three", "123"),
        ("triple seven two thousand", "7772000"),
        ("nineteen fifty two", "1952"),
        ("hello", None),
        ("", None),
        ("for you", None),
    ],
)
def test_digits(said: str, expected: str | None) -> None:
    assert digits(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("a hundred and three", 103),
        ("nineteen fifty two", 1952),
        ("two thousand four", 2004),
        ("two thousand and four", 2004),
        ("one oh three", 103),
        ("one thousand two hundred thirty four", 1234),
        ("about forty two i think", 42),
        ("103", 103),
        ("zero", 0),
        ("two and three", None),
        ("two or maybe five", None),
        ("many", None),
    ],
)
def test_number(said: str, expected: int | None) -> None:
    assert number(said) == expected


@settings(deadline=None)
@given(st.integers(0, 99))
def test_every_number_below_a_hundred_is_understood_as_it_is_said(value: int) -> None:
    assert number(spoken_number(value)) == value


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(0, 99))
def test_hundreds(hundreds: int, below: int) -> None:
    tail = f" and {spoken_number(below)}" if below else ""
    assert number(f"{spoken_number(hundreds)} hundred{tail}") == hundreds * 100 + below


@settings(deadline=None)
@given(st.text("0123456789", min_size=1, max_size=12))
def test_digits_one_by_one(code: str) -> None:
    assert digits(" ".join(SPOKEN_DIGITS[int(digit)] for digit in code)) == code
    assert digits(" ".join("oh" if digit == "0" else SPOKEN_DIGITS[int(digit)] for digit in code)) == code
    assert digits(code) == code


@settings(deadline=None)
@given(st.text(max_size=60))
def test_anything_can_be_said(text: str) -> None:
    found = digits(text)
    assert found is None or found.isdecimal()
    number(text)
