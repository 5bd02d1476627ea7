"""How soon a prompt falls silent when the caller makes a sound, and whether it should have.

Seen from outside, like `turn_times.py`: the voiced frames and the commands to pause, resume and stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.commands import Command, PauseSpeaking, ResumeSpeaking, Speak, StopSpeaking
from voice_agent.call.events import (
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    Listened,
    ServiceFailed,
    Transcribed,
)
from voice_agent.call.measurements import Interruption, Outcome

_OUR_OWN: Final = (DialogReplied, DialogDelayed, DialogFailed, ServiceFailed)
"""At these a prompt is replaced, by nobody's wish."""


class InterruptionClock:
    """Follows one call. Times are those of the caller's line."""

    def __init__(self) -> None:
        self._onset_ms: int | None = None
        """Begin of the last unbroken sound."""
        self._in_sound = False
        self._spoke_ms = 0
        """Our last prompt was begun."""
        self._paused: tuple[int | None, int] | None = None
        """(onset, pause) of the prompt that waits."""

    def happened(self, event: Event, commands: Sequence[Command], now_ms: int) -> list[Interruption]:
        """Take an event and what was done about it; give the interruptions that are over."""
        if isinstance(event, Listened):
            if event.is_speech and not self._in_sound:
                self._onset_ms = event.at_ms - FRAME_MS
            self._in_sound = event.is_speech
        found: list[Interruption] = []
        for command in commands:
            match command:
                case PauseSpeaking():
                    self._paused = (self._onset(event), now_ms)
                case ResumeSpeaking():
                    found += self._closed(Outcome.RESUMED)
                case StopSpeaking() if self._paused:
                    found += self._closed(Outcome.YIELDED)
                case StopSpeaking() if not isinstance(event, _OUR_OWN):
                    found.append(Interruption(Outcome.YIELDED, self._onset(event), now_ms))
                case Speak():
                    # A prompt that was paused within its last sentence, already sent, is followed without a stop.
                    found += self._closed(Outcome.OVER)
                    self._spoke_ms = now_ms
        return found

    def ended(self) -> list[Interruption]:
        """The call is over."""
        return self._closed(Outcome.OVER)

    def _onset(self, event: Event) -> int | None:
        if isinstance(event, DigitPressed):
            return None
        onset_ms = event.words[0].start_ms if isinstance(event, Transcribed) and event.words else self._onset_ms
        # Who was speaking already when we began interrupts from then on.
        return None if onset_ms is None else max(onset_ms, self._spoke_ms)

    def _closed(self, outcome: Outcome) -> list[Interruption]:
        paused, self._paused = self._paused, None
        return [Interruption(outcome, *paused)] if paused else []
