"""WordPiece, on a vocabulary that fits on a line."""

from __future__ import annotations

import pytest

from voice_agent.second_opinion.word_pieces import LONGEST_WORD, WordPieces

VOCABULARY = ["[UNK]", "[CLS]", "[SEP]", "chest", "che", "##st", "pain", "##ful", "'", "t", "can", "cafe", "."]
PIECES = WordPieces(VOCABULARY)


def spelt(text: str, most: int = 100) -> list[str]:
    return [VOCABULARY[number] for number in PIECES.numbers(text, most)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("chest pain", ["chest", "pain"]),
        ("CHEST\tpainful.", ["chest", "pain", "##ful", "."]),
        ("can't", ["can", "'", "t"]),
        ("café", ["cafe"]),
        ("chesty pain", ["[UNK]", "pain"]),
        ("p" * (LONGEST_WORD + 1), ["[UNK]"]),
        ("", []),
    ],
)
def test_the_longest_piece_from_the_left_is_taken(text: str, pieces: list[str]) -> None:
    assert spelt(text) == ["[CLS]", *pieces, "[SEP]"]


def test_what_is_too_long_ends_early_with_its_mark() -> None:
    assert spelt("pain pain pain pain", most=4) == ["[CLS]", "pain", "pain", "[SEP]"]


def test_a_vocabulary_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[SEP\]"):
        WordPieces(["[UNK]", "[CLS]", "pain"])
