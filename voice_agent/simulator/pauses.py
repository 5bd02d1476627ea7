"""Lines with pauses in them: what is said, and how.

`my name is <900> mary` pauses for 900 ms. What stands before the pause is spoken as if it were all, with the tone and
the lengthening of an end. Before `<~900>` it is spoken as the beginning of what follows, and broken off between the
words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PAUSE: Final = re.compile(r"\s*<(~?)(\d+)>\s*")


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between words."""

    ms: int
    goes_on: bool = False
    """The words before it sound as if more came."""


def split(line: str) -> tuple[tuple[str, ...], tuple[Pause, ...]]:
    """The words, and the pauses between them: always one fewer."""
    parts = _PAUSE.split(line)
    pauses = tuple(Pause(int(ms), bool(mark)) for mark, ms in zip(parts[1::3], parts[2::3], strict=True))
    return tuple(parts[::3]), pauses


def breaths(line: str) -> list[tuple[str, ...]]:
    """What is spoken in one breath, each time: broken up where a pause comes that goes on."""
    words, pauses = split(line)
    spoken: list[tuple[str, ...]] = [(words[0],)]
    for pause, following in zip(pauses, words[1:], strict=True):
        if pause.goes_on:
            spoken[-1] += (following,)
        else:
            spoken.append((following,))
    return spoken


def readable(line: str) -> str:
    """The line with dots for its pauses."""
    return _PAUSE.sub(" … ", line)


def going_on(line: str) -> str:
    """The same line, each of whose pauses goes on."""
    return _PAUSE.sub(r" <~\2> ", line)
