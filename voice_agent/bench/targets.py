"""What issue 3 asks for, on two cores with everything on one machine and the built-in Vosk model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TWENTY: Final = 20
USABLE_P95_MS: Final = 1500.0
"""With more than twenty calls the line is still usable while the p95 of the gap is below this."""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure's aim; None where none is set."""

    one: float | None
    """With one call."""
    twenty: float | None
    """With two to twenty."""
    more: float | None = None

    def at(self, calls: int) -> float | None:
        """What is aimed at with so many calls."""
        return self.one if calls == 1 else self.twenty if calls <= TWENTY else self.more


TARGETS: Final[dict[str, Target]] = {
    "gap_p50": Target(350, 450),
    "gap_p95": Target(600, 900, USABLE_P95_MS),
    "gap_yes_no_p50": Target(280, 350),
    "barge_in_p95": Target(200, 250),
    "yielded": Target(0.95, 0.93),
    "ignored": Target(0.90, 0.85),
    "cut_off": Target(0.03, 0.05),
    "safety_p95": Target(500, 700),
    "nurse_p95": Target(900, 1000),
    "console_p95": Target(1000, 1000),
    "memory_per_call": Target(None, 8),
}
"""By the figure's name."""
