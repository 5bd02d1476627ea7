"""A share of some trials, with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Final

Z_95: Final = 1.959963984540054
"""Standard normal quantile for a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`hits` of `n`."""

    hits: int
    n: int

    @staticmethod
    def of(trials: Iterable[bool]) -> Proportion:
        """How many of the trials are true."""
        told = list(trials)
        return Proportion(sum(told), len(told))

    @property
    def value(self) -> float | None:
        """0 to 1; None without a trial."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval of 95 % (Wilson 1927), 0 to 1; all of it without a trial."""
        if not self.n:
            return (0.0, 1.0)
        share, z2 = self.hits / self.n, Z_95**2
        middle = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = Z_95 * sqrt(share * (1 - share) / self.n + z2 / (4 * self.n**2)) / (1 + z2 / self.n)
        # The ends are exactly 0 and 1 there; rounding would put them a hair beside.
        low = 0.0 if self.hits == 0 else middle - half
        high = 1.0 if self.hits == self.n else middle + half
        return (low, high)
