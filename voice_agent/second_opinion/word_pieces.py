"""Text into the pieces that BERT's vocabulary knows (WordPiece, uncased).

As in Devlin et al. 2019: lower case without accents, punctuation alone, then the longest piece that fits from the left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

UNKNOWN: Final = "[UNK]"
BEGIN: Final = "[CLS]"
END: Final = "[SEP]"
LONGEST_WORD: Final = 100
"""Characters; a longer word is unknown."""


class WordPieces:
    """A vocabulary; the place of a piece in it is its number."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Raises ValueError when BERT's own marks are missing."""
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        if missing := [mark for mark in (UNKNOWN, BEGIN, END) if mark not in self._numbers]:
            raise ValueError(f"the vocabulary lacks {', '.join(missing)}")

    def numbers(self, text: str, most: int) -> list[int]:
        """The pieces of `text` as numbers, its marks around them, at most `most` in all (the end is left out)."""
        pieces = [self._numbers[piece] for word in _words(text) for piece in self._pieces(word)]
        return [self._numbers[BEGIN], *pieces[: most - 2], self._numbers[END]]

    def _pieces(self, word: str) -> list[str]:
        if len(word) > LONGEST_WORD:
            return [UNKNOWN]
        pieces: list[str] = []
        begin = 0
        while begin < len(word):
            before = "##" if begin else ""
            found = next(
                (end for end in range(len(word), begin, -1) if before + word[begin:end] in self._numbers), None
            )
            if found is None:
                return [UNKNOWN]
            pieces.append(before + word[begin:found])
            begin = found
        return pieces


def _words(text: str) -> Iterator[str]:
    plain = "".join(char for char in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(char) != "Mn")
    word = ""
    for char in plain:
        alone = _is_punctuation(char) or "\u4e00" <= char <= "\u9fff"  # Chinese characters are words
        if alone or char.isspace():
            if word:
                yield word
            word = ""
            if alone:
                yield char
        elif unicodedata.category(char)[0] != "C":
            word += char
    if word:
        yield word


def _is_punctuation(char: str) -> bool:
    """BERT counts every ASCII character that is neither a letter, a digit nor a space as punctuation."""
    ascii_mark = char.isascii() and char.isprintable() and not char.isalnum() and not char.isspace()
    return ascii_mark or unicodedata.category(char).startswith("P")
