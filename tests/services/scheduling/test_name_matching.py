"""Names are matched by letters, by sound, and by short forms."""

from __future__ import annotations

import pytest

from voice_agent.services.scheduling.name_matching import best_matches, likeness, plain, sound_of


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("Jon Smyth", "John Smith"),
        ("Catherine Meyer", "Kathryn Maier"),
        ("Bob Johnson", "Robert Johnson"),
        ("Stephen Philips", "Steven Phillips"),
        ("Jose Nunez", "José Núñez"),
        ("Patrick OBrien", "Patrick O'Brien"),
        ("Mary Ann Little", "Mary Little"),
        ("Shawn Nguyen", "Sean Nguyen"),
    ],
)
def test_one_person(said: str, stored: str) -> None:
    assert likeness(said, stored) > 0
    assert likeness(stored, said) == likeness(said, stored)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("John Smith", "Jane Smith"),
        ("Maria Garcia", "Maria Lopez"),
        ("Robert Brown", "William Brown"),
        ("Smith", "John Smith"),
        ("Anna Lee", "Hannah Wu"),
        ("", ""),
    ],
)
def test_two_persons(said: str, stored: str) -> None:
    assert likeness(said, stored) == 0


def test_the_nearest_wins() -> None:
    assert best_matches("Maria Garcia", [("Mario Garcia", 1), ("Maria Garcia", 2)]) == [2]
    assert best_matches("Somebody Else", [("Mario Garcia", 1)]) == []


def test_plain_drops_case_accents_and_marks() -> None:
    assert plain(" José  O’Brien-Núñez ") == "jose obrien nunez"


def test_sounds() -> None:
    assert sound_of("smith") == sound_of("smyth")
    assert sound_of("philips") == sound_of("fillips")
    assert sound_of("garcia") != sound_of("lopez")
