"""What waits for the second ear, and what is left out.

What may matter clinically goes first and is never left out; of the rest, administrative answers are left out first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen

Tell = Callable[[SecondHearing | Missed], None]


@dataclass(frozen=True, slots=True)
class Hearing:
    """An utterance to be heard."""

    owner: object
    """The call."""
    sound: bytes = field(repr=False)
    listen: Listen
    weight: Weight
    tell: Tell = field(repr=False)
    since_s: float
    """When it was asked for, on the clock of whoever asks."""
    first: str = field(default="", repr=False)
    """What the streaming ear heard."""


Dropped = list[tuple[Hearing, Missed]]


class HearingQueue:
    """In order of weight, then of age. Belongs to whoever holds the pool's lock."""

    def __init__(self, longest: int, stale_after_s: float) -> None:
        """`longest`: so many wait, those of triage not counted out. `stale_after_s`: what waited longer is left out."""
        self._longest = longest
        self._stale_after_s = stale_after_s
        self._waiting: list[Hearing] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, hearing: Hearing) -> Dropped:
        """Let it wait; what need not wait any more because of it, and why."""
        dropped: Dropped = [(each, Missed.IN_VAIN) for each in self._waiting if each.owner is hearing.owner]
        self._waiting = [each for each in self._waiting if each.owner is not hearing.owner]
        self._waiting.append(hearing)
        if len(self._waiting) > self._longest:
            least = min(self._waiting, key=lambda each: (each.weight.rank, each.since_s))
            if least.weight is not Weight.TRIAGE:
                self._waiting.remove(least)
                dropped.append((least, Missed.SHED))
        return dropped

    def take(self, now_s: float) -> tuple[Hearing | None, Dropped]:
        """What is heard next, and what has waited for too long to be of use."""
        stale = [
            each
            for each in self._waiting
            if each.weight is not Weight.TRIAGE and now_s - each.since_s > self._stale_after_s
        ]
        self._waiting = [each for each in self._waiting if each not in stale]
        dropped: Dropped = [(each, Missed.SHED) for each in stale]
        if not self._waiting:
            return None, dropped
        chosen = min(self._waiting, key=lambda each: (-each.weight.rank, each.since_s))
        self._waiting.remove(chosen)
        return chosen, dropped

    def clear(self) -> Dropped:
        """Nothing will be heard any more."""
        waiting, self._waiting = self._waiting, []
        return [(each, Missed.FAILED) for each in waiting]
