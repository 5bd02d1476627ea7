"""What nobody can have said."""

from __future__ import annotations

import pytest

from voice_agent.speech.inventions import is_invented
from voice_agent.speech.moonshine_decoding import Written, loops

PLAIN = Written((10, 11, 12), (-0.1, -0.1, -0.1))


@pytest.mark.parametrize(
    "text",
    ["♪♪♪", "Thank you for watching!", "© transcript Emily Beynon", "好好好", "hello \ufffd", "see you next time"],
)
def test_subtitles_and_other_scripts_are_invented(text: str) -> None:
    assert is_invented(text, PLAIN, 3000)


@pytest.mark.parametrize("text", ["my chest hurts", "See you at three.", "José called.", "10:30 a.m."])
def test_speech_is_not(text: str) -> None:
    assert not is_invented(text, PLAIN, 3000)


def test_more_words_than_the_sound_has_room_for_are_invented() -> None:
    text = "one two three four five six seven eight nine"
    assert is_invented(text, PLAIN, 1000)
    assert not is_invented(text, PLAIN, 2000)


def test_a_text_that_goes_in_circles_is_invented() -> None:
    assert loops([1, 2, 3, 4, 5] + [7, 8, 9, 10] * 3)
    assert not loops([7, 8, 9, 10] * 2)


def test_digits_said_several_times_are_no_circle() -> None:
    assert not loops([20, 5, 20, 5, 20, 5, 20, 5])
    assert loops([20, 5] * 6)
