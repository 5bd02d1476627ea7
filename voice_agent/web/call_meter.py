"""Measures one live call.

The call loop tells it what happens; it keeps the clocks, and passes on what they find: to Prometheus, to the admission
of further calls, and, when the call is over, to the log and to a trace. It runs in the call's own thread and never
holds it up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.commands import Command
from voice_agent.call.events import Event, Listened
from voice_agent.call.handoff import CallSummary
from voice_agent.call.interruption_times import InterruptionClock
from voice_agent.call.line_clock import LineClock
from voice_agent.call.measurements import Counted, Measurement
from voice_agent.call.second_ear_times import SecondEarClock
from voice_agent.call.turn_times import TurnClock
from voice_agent.web.call_metrics import CallMetrics
from voice_agent.web.call_spans import CallSpans
from voice_agent.web.lateness import Lateness, LoopWatch

REPORT_MS: Final = 200
"""How often a call reports how far it is behind: the worst since it last did."""


@dataclass(frozen=True, slots=True)
class Measuring:
    """What the meters of all calls share."""

    metrics: CallMetrics
    lateness: Lateness
    spans: CallSpans
    no_input_ms: int
    """`turns.no_input_ms`."""
    release_ms: int
    """`voice_activity.release_ms`."""
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    epoch_ns: Callable[[], int] = time.time_ns

    def meter(self) -> CallMeter:
        """For a call that begins."""
        return CallMeter(self)


class CallMeter:
    """`call_observer.CallObserver`."""

    def __init__(self, shared: Measuring) -> None:
        self._shared = shared
        self._line = LineClock()
        self._turns = TurnClock(shared.no_input_ms, shared.release_ms)
        self._interruptions = InterruptionClock()
        self._second_ear = SecondEarClock()
        self._loop = LoopWatch()
        self._figures = CallFigures()
        self._began_ns: int | None = None
        self._reported_ms = self._now_ms()
        self._late_ms = 0.0
        self._behind_ms = 0

    def happened(self, event: Event, commands: list[Command]) -> None:
        """An event, and what is done about it."""
        now_ms = self._now_ms()
        if isinstance(event, Listened):
            self._line.frame(event.at_ms, now_ms)
            self._figures.audio_ms = event.at_ms
            if self._began_ns is None:
                self._began_ns = self._shared.epoch_ns() - event.at_ms * 1_000_000
        at_ms = self._line.at(now_ms)
        self._take(*self._interruptions.happened(event, commands, at_ms))
        self._take(*self._turns.happened(event, commands, at_ms))
        self._take(*self._second_ear.happened(event, commands, at_ms))

    def frame_sent(self, prompt: int) -> None:
        """A frame of this prompt went out."""
        self._turns.frame_sent(prompt, self._line.at(self._now_ms()))

    def counted(self, what: Counted, times: int = 1) -> None:
        """Something that only the loop knows of."""
        self._figures.counts[what] += times
        self._shared.metrics.take(what, times)

    def waits(self, timeout_s: float, behind_ms: int) -> None:
        """The loop is about to wait for the socket, so long at most; `behind_ms` of sound wait for the recogniser."""
        now_ms = self._now_ms()
        self._late_ms = max(self._late_ms, self._loop.waits(now_ms, timeout_s * 1000))
        self._behind_ms = max(self._behind_ms, behind_ms)
        if now_ms - self._reported_ms >= REPORT_MS:
            self._report(now_ms)

    def woke(self, message_came: bool) -> None:
        """The wait for the socket is over."""
        self._loop.woke(self._now_ms(), message_came)

    def ended(self, summary: CallSummary) -> CallFigures:
        """The call is over: all that was measured of it."""
        self._take(*self._interruptions.ended(), *self._turns.ended())
        self._report(self._now_ms())
        if self._began_ns is not None:
            self._shared.spans.write(summary, self._figures, self._began_ns)
        return self._figures

    def _report(self, now_ms: float) -> None:
        self._shared.lateness.report(self._late_ms + self._behind_ms)
        self._shared.metrics.behind(self._late_ms, self._behind_ms)
        self._figures.latest_ms = max(self._figures.latest_ms, round(self._late_ms))
        self._figures.backlog_ms = max(self._figures.backlog_ms, self._behind_ms)
        self._reported_ms, self._late_ms, self._behind_ms = now_ms, 0.0, 0

    def _take(self, *measurements: Measurement) -> None:
        for measured in measurements:
            self._figures.take(measured)
            self._shared.metrics.take(measured)

    def _now_ms(self) -> float:
        return self._shared.clock() * 1000
