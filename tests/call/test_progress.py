"""How far an answer has come, from its words alone."""

from __future__ import annotations

import pytest

from voice_agent.call.progress import Progress, progress
from voice_agent.call.replies import Listen


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen.YES_NO, "yes"),
        (Listen.YES_NO, "no thank you"),
        (Listen.YES_NO, "i do"),
        (Listen.YES_NO, "i don't think so"),
        (Listen.YES_NO, "i don't know"),
        (Listen.YES_NO, "uh huh"),
        (Listen.DATE, "tomorrow"),
        (Listen.DATE, "any day"),
        (Listen.DATE, "june first nineteen eighty one"),
        (Listen.DATE, "the second one"),
        (Listen.TIME, "any time"),
        (Listen.TIME, "after lunch"),
        (Listen.TIME, "neither"),
        (Listen.DIGITS, "two weeks"),
        (Listen.DIGITS, "five five five oh one two three four five six"),
        (Listen.NAME, "i would rather not say"),
    ],
)
def test_answered(listen: Listen, text: str) -> None:
    assert progress(listen, text) is Progress.ANSWERED


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen.TIME, "nine"),  # … thirty
        (Listen.TIME, "at ten thirty"),
        (Listen.DATE, "march third nineteen fifty"),  # … two
        (Listen.NAME, "maria garcia"),
        (Listen.NAME, "my name is john smith"),
        (Listen.OPEN, ""),
    ],
)
def test_likely(listen: Listen, text: str) -> None:
    assert progress(listen, text) is Progress.LIKELY


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen.OPEN, "i have a headache"),
        (Listen.OPEN, "i need to see a doctor"),
        (Listen.YES_NO, "my mother"),
        (Listen.DIGITS, "one oh two"),
        (Listen.DATE, "march third"),
        (Listen.NAME, "maria"),
        (Listen.TIME, "my daughter drives me"),
    ],
)
def test_unclear(listen: Listen, text: str) -> None:
    assert progress(listen, text) is Progress.UNCLEAR


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        (Listen.OPEN, "i would like to"),
        (Listen.OPEN, "i want to make an"),
        (Listen.OPEN, "i have had a"),
        (Listen.OPEN, "my stomach hurts and"),
        (Listen.OPEN, "i've been"),
        (Listen.OPEN, "um well"),
        (Listen.YES_NO, "yes but"),
        (Listen.YES_NO, "no because"),
        (Listen.DATE, "march"),
        (Listen.DATE, "march third nineteen"),
        (Listen.DATE, "march third two thousand and"),
        (Listen.TIME, "between ten and"),
        (Listen.TIME, "about"),
        (Listen.DIGITS, "five double"),
        (Listen.DIGITS, "a hundred and"),
        (Listen.NAME, "my name is"),
        (Listen.NAME, "s m i"),
    ],
)
def test_goes_on(listen: Listen, text: str) -> None:
    assert progress(listen, text) is Progress.GOES_ON


@pytest.mark.parametrize("text", ["yes i am", "i think it is", "no i have not", "i don't want it i do not"])
def test_endings_that_are_whole_in_spite_of_their_last_word(text: str) -> None:
    assert progress(Listen.OPEN, text) is not Progress.GOES_ON
