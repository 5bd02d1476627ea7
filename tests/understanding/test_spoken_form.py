"""Written text as it is said."""

from __future__ import annotations

import pytest

from voice_agent.understanding.names import person_name
from voice_agent.understanding.numbers import digits
from voice_agent.understanding.spoken_form import spoken_form


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("My chest hurts.", "my chest hurts"),
        ("I am here.", "i am here"),
        ("At 7:30 a.m., please!", "at seven thirty a m please"),
        ("10am", "ten a m"),
        ("at 8:05", "at eight oh five"),
        ("Dr. Lee said it's OK.", "doctor lee said it's okay"),
        ("It's $20.", "it's twenty dollars"),
        ("It was 101.5°", "it was one hundred one point five degrees"),
        ("140/90", "one hundred forty over ninety"),
        ("March 3rd, 1985", "march third nineteen eighty five"),
        ("in 2005", "in two thousand five"),
        ("in 1907", "in nineteen oh seven"),
        ("1,200 steps", "twelve hundred steps"),
        ("M-A-R-T-I-N", "m a r t i n"),
        ("an MRI and an XR", "an mri and an x r"),
        ("Don’t.", "don't"),
        ("'Hello'", "hello"),
        ("50%", "fifty percent"),
        ("Thirty-three", "thirty three"),
        ("José", "jose"),
        ("♪", ""),
        ("", ""),
    ],
)
def test_it_is_said_so(written: str, said: str) -> None:
    assert spoken_form(written) == said


@pytest.mark.parametrize(
    ("written", "number"),
    [("9-1-9-0", "9190"), ("555 0123", "5550123"), ("Double four, oh.", "440"), ("Nine, 8, seven.", "987")],
)
def test_digit_strings_survive(written: str, number: str) -> None:
    assert digits(spoken_form(written, digit_by_digit=True)) == number


@pytest.mark.parametrize("written", ["B-R-O-W-N", "B. R. O. W. N.", "b as in boy, r, o, w, n"])
def test_spelled_names_survive(written: str) -> None:
    assert person_name(f"My name is Sam Brown, {spoken_form(written)}") == "Sam Brown"
