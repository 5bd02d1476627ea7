"""How much of a sentence was heard."""

from __future__ import annotations

import pytest

from voice_agent.call.notes import words_within

SENTENCE = "You can ask for a person at any time."


@pytest.mark.parametrize(("share", "words"), [(0.0, 0), (0.09, 0), (0.11, 1), (0.5, 5), (0.6, 5), (0.67, 6), (1.0, 9)])
def test_a_word_counts_once_it_is_over(share: float, words: int) -> None:
    assert words_within(SENTENCE, share) == words


def test_a_longer_word_takes_longer() -> None:
    assert words_within("Emergency now", 0.5) == 0
    assert words_within("Now emergency", 0.5) == 1
