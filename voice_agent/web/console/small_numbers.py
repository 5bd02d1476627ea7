"""Numbers as they may be shown: few calls may be one person.

A number of calls from 1 to `smallest` - 1 is never shown, and neither is a share or a mean that would tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

NOTHING: Final = "–"
"""There was nothing to count."""
FEW: Final = "too few to show"


class Shown:
    """Writes numbers."""

    def __init__(self, smallest: int) -> None:
        self._smallest = smallest

    def is_small(self, number: int) -> bool:
        """Whether a number may not be shown; 0 may."""
        return 0 < number < self._smallest

    def count(self, number: int) -> str:
        """A number of calls."""
        return f"fewer than {self._smallest}" if self.is_small(number) else str(number)

    def share(self, part: int, whole: int) -> str:
        """In percent; neither part nor rest may be few."""
        if whole == 0:
            return NOTHING
        if any(self.is_small(number) for number in (part, whole - part, whole)):
            return FEW
        return f"{part / whole:.1%}"

    def rate(self, part: int, whole: int, calls: int) -> str:
        """In percent, of things that many may stand in one call: the calls may not be few."""
        if whole == 0:
            return NOTHING
        return FEW if self.is_small(calls) else f"{part / whole:.1%}"

    def mean(self, values: Iterable[int | None], unit: str) -> tuple[str, int]:
        """The mean of those that are known, and of how many."""
        known = [value for value in values if value is not None]
        if not known:
            return NOTHING, 0
        if self.is_small(len(known)):
            return FEW, len(known)
        return f"{sum(known) / len(known):.1f}{unit}", len(known)

    def hidden(self, counts: Mapping[str, int]) -> set[str]:
        """Keys whose count is not shown; never one alone, for it would follow from the sum."""
        hidden = {key for key, count in counts.items() if self.is_small(count)}
        return hidden | not_alone(hidden, {key: count for key, count in counts.items() if count})


def not_alone(hidden: set[str], sizes: Mapping[str, int]) -> set[str]:
    """The key to hide beside a single hidden one, the smallest of the others; {} when none or several are hidden."""
    others = sorted((key for key in sizes if key not in hidden), key=lambda key: sizes[key])
    return set(others[:1]) if len(hidden) == 1 else set()
