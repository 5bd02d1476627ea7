"""Moonshine's words in pieces: the tokens that its networks read and write."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

BEGIN: Final = 1
END: Final = 2
_SPACE: Final = "▁"
_FIRST_BYTE: Final = 3


class Tokens:
    """The vocabulary: byte-pair pieces, a lower number merged earlier; a space is written ▁."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        # Single bytes come first, for what no piece covers; a piece of the same byte is the one that is used.
        self._ids = {piece: place for place, piece in enumerate(pieces)}

    @classmethod
    def read(cls, path: Path) -> Tokens:
        """Of the model's file: for each piece its length in bytes (in two bytes from 128 on), and the piece."""
        packed = path.read_bytes()
        pieces: list[bytes] = []
        at = 0
        while at < len(packed):
            length = packed[at]
            at += 1
            if length >= 128:
                length += 128 * packed[at] - 128
                at += 1
            pieces.append(packed[at : at + length])
            at += length
        return cls(pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def ids(self, text: str) -> list[int]:
        """The pieces of `text`, merged in the order of the vocabulary, as in the model's training."""
        parts = list(text.replace(" ", _SPACE))
        while True:
            merges = (
                (self._ids.get((left + right).encode(), len(self)), place)
                for place, (left, right) in enumerate(pairwise(parts))
            )
            token, place = min(merges, default=(len(self), 0))
            if token == len(self):
                return [token for part in parts for token in self._of(part)]
            parts[place : place + 2] = [parts[place] + parts[place + 1]]

    def _of(self, part: str) -> list[int]:
        known = self._ids.get(part.encode())
        return [known] if known is not None else [_FIRST_BYTE + byte for byte in part.encode()]

    def text(self, ids: Iterable[int]) -> str:
        """What was written; bytes that are no letters become U+FFFD."""
        joined = b"".join(self._pieces[token] for token in ids if token not in (BEGIN, END))
        return joined.decode(errors="replace").replace(_SPACE, " ").strip()

    def begins_word(self, token: int) -> bool:
        """Whether a new word starts with this piece."""
        return self._pieces[token].startswith(_SPACE.encode())
