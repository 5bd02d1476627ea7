"""How much it matters that an utterance is heard again, and why it was not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Weight(StrEnum):
    """What goes first when the second ear has more to hear than it can, and what is left out first."""

    ADMINISTRATIVE = "administrative"
    """A day, a number, a name: left out first."""
    OPEN = "open"
    """Anything may be said."""
    TRIAGE = "triage"
    """The words may matter clinically: never left out."""

    @property
    def rank(self) -> int:
        """More is heard first."""
        return _RANK[self]


_RANK: Final[Mapping[Weight, int]] = {weight: rank for rank, weight in enumerate(Weight)}


class Missed(StrEnum):
    """Why the second ear did not hear an utterance."""

    SHED = "shed"
    """Too much waited to be heard."""
    IN_VAIN = "in_vain"
    """The same caller went on before it was begun."""
    FAILED = "failed"
    """The second ear does not work, or took too long."""
