"""One call in figures, for its line in the log and for its span.

Collects what was measured; nothing of it tells what was said, or by whom.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from voice_agent.call.measurements import Counted, Interruption, Measurement, Outcome, TurnTimes


@dataclass(slots=True)
class CallFigures:
    """Grows while the call lives."""

    turns: list[TurnTimes] = field(default_factory=list)
    counts: Counter[Counted | Outcome] = field(default_factory=Counter)
    """Counted things, and interruptions by outcome."""
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
            "late_max_ms": self.latest_ms,
            "backlog_max_ms": self.backlog_ms,
        }

    def _gaps(self) -> list[int]:
        return sorted(turn.platform_gap_ms for turn in self.turns if turn.platform_gap_ms is not None)
