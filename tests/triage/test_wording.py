"""One spelling for what was said."""

from __future__ import annotations

import pytest

from voice_agent.triage.number_words import figures, read_number
from voice_agent.triage.wording import tokens


def spelled(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I can't breathe!", "i cannot breathe"),
        ("he won't stop", "he will not stop"),
        ("I'm gonna faint", "i am going to faint"),
        ("my head ache", "my headache"),
        ("um my uh chest", "my chest"),
        ("my my chest", "my chest"),
        ("one oh one point five", "101.5"),
        ("x-ray", "x ray"),
        ("an eight-week-old", "an 8 week old"),
        ("any more", "anymore"),
        ("he’s ill", "he is ill"),
    ],
)
def test_ways_of_writing_come_out_alike(one: str, other: str) -> None:
    assert spelled(one) == spelled(other)


def test_a_token_knows_the_words_that_it_came_from() -> None:
    said = tokens("a fever of one oh one, really")
    number = next(token for token in said if token.value == 101)
    assert (number.first, number.last, number.pause) == (3, 5, ",")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("one oh one", 101),
        ("a hundred and one point two", 101.2),
        ("one hundred two", 102),
        ("thirty eight point four", 38.4),
        ("seventy eight", 78),
        ("nineteen seventy one", 1971),
        ("two thousand nineteen", 2019),
        ("nine one one", 911),
        ("five hundred and sixty", 560),
        ("100.4", 100.4),
        ("eight", 8),
    ],
)
def test_spoken_numbers_are_read(words: str, value: float) -> None:
    assert read_number(words.split(), 0) == (value, len(words.split()))


@pytest.mark.parametrize("words", ["oh no", "chest", "a pain"])
def test_words_that_are_no_number_are_none(words: str) -> None:
    assert read_number(words.split(), 0) is None


def test_figures_are_written_in_one_way() -> None:
    assert (figures(8.0), figures(101.5)) == ("8", "101.5")
