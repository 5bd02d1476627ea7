"""Names, heard and spelled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.understanding.names import person_name


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my name is maria garcia", "Maria Garcia"),
        ("it's garcia g a r c i a", "Garcia"),
        ("this is john smith calling", "John Smith"),
        ("maria garcia", "Maria Garcia"),
        ("uh yes it's bob brown b as in boy r o w n", "Bob Brown"),
        ("maria garsha g a r c i a", "Maria Garcia"),
        ("barrett b a double r e double t", "Barrett"),
        ("double you i l s o n wilson", "Wilson"),
        ("first name maria last name garcia", "Maria Garcia"),
        ("last name is garcia first name is maria", "Maria Garcia"),
        ("first name m a r i a last name g a r c i a", "Maria Garcia"),
        ("my name is robert johnson i'd like to book", "Robert Johnson"),
        ("maria garcia and i was born in may", "Maria Garcia"),
        ("no it's maria gomez", "Maria Gomez"),
        ("patrick o brien", "Patrick O'Brien"),
        ("mcdonald", "McDonald"),
        ("will smith", "Will Smith"),
        ("José Núñez", "José Núñez"),
        ("anne-marie dubois", "Anne-Marie Dubois"),
        ("John Q. Public", "John Q Public"),
        ("i want to book an appointment", None),
        ("i don't know", None),
        ("i'm bleeding", None),
        ("march third nineteen fifty two", None),
        ("may third", None),
        ("yes", None),
        ("", None),
    ],
)
def test_person_name(said: str, expected: str | None) -> None:
    assert person_name(said) == expected


FIRST = st.sampled_from(["maria", "john", "fatima", "wei", "robert", "olga"])
LAST = st.sampled_from(["garcia", "smith", "nguyen", "barrett", "okafor", "kowalski"])


@settings(deadline=None)
@given(FIRST, LAST)
def test_a_name_is_the_same_with_and_without_a_spelling(first: str, last: str) -> None:
    name = f"{first} {last}".title()
    for said in (f"{first} {last}", f"my name is {first} {last}", f"{first} {last} {' '.join(last)}"):
        assert person_name(said) == name


@settings(deadline=None)
@given(st.text(max_size=60))
def test_anything_can_be_said(text: str) -> None:
    assert person_name(text) != ""
