"""What the second ear was asked, what became of it, and how long turns waited, seen from outside.

Is told every event with the commands that it caused, like `turn_times.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice_agent.call.commands import (
    AskDialog,
    AwaitSecondEar,
    Command,
    FinishUtterance,
    HearAgain,
    Speak,
    TransferToNurse,
)
from voice_agent.call.events import Event, HeardAgain, NotHeardAgain
from voice_agent.call.measurements import SecondEarOutcome, SecondEarTimes


@dataclass(slots=True)
class _Asked:
    at_ms: int
    awaited_at_ms: int | None = None
    waited_ms: int | None = None
    late: bool = False
    went_on: bool = False


class SecondEarClock:
    """Follows one call."""

    def __init__(self) -> None:
        self._asked: dict[int, _Asked] = {}

    def happened(self, event: Event, commands: Sequence[Command], now_ms: int) -> list[SecondEarTimes]:
        """Take an event and what was done about it; give what is now known to the end."""
        found = [self._answered(event, now_ms)] if isinstance(event, HeardAgain | NotHeardAgain) else []
        for command in commands:
            match command:
                case HearAgain(utterance=utterance):
                    self._asked[utterance] = _Asked(now_ms)
                case AwaitSecondEar(utterance=utterance) if asked := self._asked.get(utterance):
                    asked.awaited_at_ms = now_ms
                case FinishUtterance():
                    self._caller_went_on()
                case AskDialog() | Speak() | TransferToNurse():
                    self._acted(now_ms)
        return [times for times in found if times]

    def _answered(self, event: HeardAgain | NotHeardAgain, now_ms: int) -> SecondEarTimes | None:
        asked = self._asked.pop(event.utterance, None)
        if asked is None:
            return None
        waited_ms = asked.waited_ms
        if waited_ms is None and not asked.went_on:
            waited_ms = 0 if asked.awaited_at_ms is None else now_ms - asked.awaited_at_ms
        if isinstance(event, NotHeardAgain):
            return SecondEarTimes(SecondEarOutcome(event.why), now_ms - asked.at_ms, waited_ms)
        outcome = SecondEarOutcome.HEARD
        if asked.went_on:
            outcome = SecondEarOutcome.IN_VAIN
        elif asked.late:
            outcome = SecondEarOutcome.LATE
        work_ms = round(event.hearing.took_ms)
        return SecondEarTimes(outcome, now_ms - asked.at_ms, waited_ms, work_ms, event.hearing.audio_ms)

    def _acted(self, now_ms: int) -> None:
        """The turn went on without what is still being heard."""
        for asked in self._asked.values():
            if not asked.late and not asked.went_on:
                asked.late = True
                asked.waited_ms = 0 if asked.awaited_at_ms is None else now_ms - asked.awaited_at_ms

    def _caller_went_on(self) -> None:
        """The recogniser was flushed again before the turn went on: what is being heard is not the whole."""
        for asked in self._asked.values():
            if not asked.late:
                asked.went_on = True
