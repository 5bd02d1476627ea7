"""One call in figures, for its line in the log and for its span.

Collects what was measured; nothing of it tells what was said, or by whom.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from voice_agent.call.measurements import (
    Counted,
    Interruption,
    Measurement,
    Outcome,
    SecondEarOutcome,
    SecondEarTimes,
    TurnTimes,
)


@dataclass(slots=True)
class CallFigures:
    """Grows while the call lives."""

    turns: list[TurnTimes] = field(default_factory=list)
    counts: Counter[Counted | Outcome] = field(default_factory=Counter)
    """Counted things, and interruptions by outcome."""
    second_ear: Counter[SecondEarOutcome] = field(default_factory=Counter)
    """Hearings of the second ear by outcome."""
    second_ear_wait_ms: int = 0
    """The longest time that a turn waited for it."""
    latest_ms: int = 0
    """The longest time by which the loop ran late."""
    backlog_ms: int = 0
    """The most sound that waited for the recogniser."""
    audio_ms: int = 0
    """How long the call was on our stream, on the caller's clock."""

    def take(self, measured: Measurement) -> None:
        """Add one measurement."""
        match measured:
            case TurnTimes():
                self.turns.append(measured)
            case Interruption():
                self.counts[measured.outcome] += 1
            case SecondEarTimes():
                self.second_ear[measured.outcome] += 1
                self.second_ear_wait_ms = max(self.second_ear_wait_ms, measured.waited_ms or 0)
            case Counted():
                self.counts[measured] += 1

    @property
    def platform_gap_p50_ms(self) -> int | None:
        """The middle one (of two the later); none without a spoken turn."""
        gaps = self._gaps()
        return gaps[len(gaps) // 2] if gaps else None

    @property
    def platform_gap_max_ms(self) -> int | None:
        """The longest; none without a spoken turn."""
        return max(self._gaps(), default=None)

    def for_log(self) -> dict[str, int | float | None]:
        """What the call's line in the log tells."""
        return {
            "seconds": round(self.audio_ms / 1000, 1),
            "answers": len(self.turns),
            "gap_p50_ms": self.platform_gap_p50_ms,
            "gap_max_ms": self.platform_gap_max_ms,
            "interruptions": self.counts[Outcome.YIELDED],
            "resumed": self.counts[Outcome.RESUMED],
            "no_inputs": self.counts[Counted.NO_INPUT],
            "no_matches": self.counts[Counted.NO_MATCH],
            "fillers": self.counts[Counted.FILLER],
            "heard_twice": self.second_ear[SecondEarOutcome.HEARD],
            "second_ear_late": self.second_ear[SecondEarOutcome.LATE],
            "second_ear_shed": self.second_ear[SecondEarOutcome.SHED],
            "second_ear_failed": self.second_ear[SecondEarOutcome.FAILED],
            "second_ear_wait_max_ms": self.second_ear_wait_ms,
            "late_max_ms": self.latest_ms,
            "backlog_max_ms": self.backlog_ms,
        }

    def _gaps(self) -> list[int]:
        return sorted(turn.platform_gap_ms for turn in self.turns if turn.platform_gap_ms is not None)
