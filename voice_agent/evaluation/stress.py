"""The factorial stress: whatever stands around an emergency, its level is never lowered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from voice_agent.evaluation.cases import StressCase
from voice_agent.evaluation.outcomes import Heard, Verdict
from voice_agent.evaluation.proportion import Proportion
from voice_agent.triage.care_levels import CareLevel

ASKED: Final = len(CareLevel)
"""A question put is less than any level raised, and more than nothing."""
PASSED: Final = ASKED + 1


@dataclass(frozen=True, slots=True)
class Stressed:
    """One base in one fragment."""

    case: StressCase
    plain: Heard
    """What the base alone came to."""
    inside: Heard

    @property
    def lowered(self) -> bool:
        """Less urgent than the base alone."""
        return urgency(self.inside) > urgency(self.plain)

    @property
    def too_low(self) -> bool:
        """Not flagged as urgently as it needs."""
        return urgency(self.inside) > self.case.level.rank


@dataclass(frozen=True, slots=True)
class StressResult:
    """All of them."""

    kinds: tuple[tuple[str, Proportion], ...]
    """Kind of fragment → how often the level was lowered."""
    all: Proportion
    too_low: Proportion
    """Not flagged as urgently as needed, lowered or not."""
    lowered: tuple[Stressed, ...] = field(repr=False)
    not_caught_plain: int
    """Bases that are neither flagged nor asked about even alone: they prove nothing here."""


def urgency(heard: Heard) -> int:
    """0 is the most urgent; higher is less."""
    match heard.verdict:
        case Verdict.FLAGGED:
            return heard.level.rank if heard.level else PASSED
        case Verdict.ASKED:
            return ASKED
        case _:
            return PASSED


def judged(cases: Iterable[StressCase], heard: Mapping[str, Heard]) -> StressResult:
    """`heard`: text → what the line made of it, for every base and every case."""
    all_of_them = [Stressed(case, heard[case.base], heard[case.text]) for case in cases]
    kinds: dict[str, list[bool]] = {}
    for one in all_of_them:
        kinds.setdefault(one.case.kind, []).append(one.lowered)
    lowered = tuple(one for one in all_of_them if one.lowered)
    return StressResult(
        tuple((kind, Proportion.of(told)) for kind, told in kinds.items()),
        Proportion(len(lowered), len(all_of_them)),
        Proportion.of(one.too_low for one in all_of_them),
        lowered,
        len({one.case.base for one in all_of_them if not one.plain.caught}),
    )
