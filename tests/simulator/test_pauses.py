"""How pauses are written into a line."""

from __future__ import annotations

import pytest

from voice_agent.simulator import pauses
from voice_agent.simulator.pauses import Pause

LINE = "hello <300> i need to see <~700> the doctor<~900>next week"


def test_words_and_the_pauses_between() -> None:
    words, between = pauses.split(LINE)
    assert words == ("hello", "i need to see", "the doctor", "next week")
    assert between == (Pause(300), Pause(700, goes_on=True), Pause(900, goes_on=True))


@pytest.mark.parametrize(
    ("line", "spoken"),
    [
        (LINE, [("hello",), ("i need to see", "the doctor", "next week")]),
        ("hello <~300> i need <500> help", [("hello", "i need"), ("help",)]),
        ("a checkup", [("a checkup",)]),
    ],
)
def test_a_pause_that_goes_on_breaks_a_breath_and_ends_none(line: str, spoken: list[tuple[str, ...]]) -> None:
    assert pauses.breaths(line) == spoken


def test_every_pause_of_a_line_may_go_on() -> None:
    assert pauses.going_on("hello <300> i need <~500> help") == "hello <~300> i need <~500> help"
    assert pauses.going_on("a checkup") == "a checkup"


def test_a_line_for_people_to_read() -> None:
    assert pauses.readable(LINE) == "hello … i need to see … the doctor … next week"
