"""A call as OpenTelemetry spans: one for the call, one below it for each turn.

Made when the call is over, from what was measured, with the times at which things happened. The CallSid is there to
find the call again; nothing that was said, no name and no number is. Without the extra `tracing`, or without
OTEL_EXPORTER_OTLP_ENDPOINT, all this does nothing.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Tracer, set_span_in_context

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.handoff import CallSummary
from voice_agent.call.measurements import TurnTimes

NS_A_MS: Final = 1_000_000
STEPS: Final = (
    "speech_ended_ms",
    "flushed_ms",
    "words_ms",
    "endpoint_ms",
    "reply_ms",
    "transfer_ms",
    "first_frame_ms",
    "first_mark_ms",
)
TIMES: Final = ("platform_gap_ms", "endpoint_delay_ms", "recognition_ms", "dialog_ms", "synthesis_ms", "red_flag_ms")


class CallSpans:
    """Writes spans with one tracer."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def write(self, summary: CallSummary, figures: CallFigures, began_ns: int) -> None:
        """The call whose audio time 0 was at `began_ns`, nanoseconds since 1970."""
        attributes: dict[str, str | int] = {
            "call.sid": summary.call_id,
            "call.disposition": str(summary.disposition or "lost"),
            "call.turns": len(figures.turns),
        }
        if summary.care_level:
            attributes["call.care_level"] = str(summary.care_level)
        if summary.red_flag:
            attributes["call.red_flag"] = summary.red_flag.flag
        span = self._tracer.start_span("call", Context(), attributes=attributes, start_time=began_ns)
        for turn in figures.turns:
            self._turn(turn, began_ns, set_span_in_context(span, Context()))
        span.end(began_ns + figures.audio_ms * NS_A_MS)

    def _turn(self, turn: TurnTimes, began_ns: int, call: Context) -> None:
        at = {step.removesuffix("_ms"): ms for step in STEPS if (ms := getattr(turn, step)) is not None}
        span = self._tracer.start_span(
            "turn",
            call,
            attributes={
                "turn.kind": str(turn.kind),
                "turn.covered": turn.covered,
                "turn.red_flag": turn.red_flag,
                **{f"turn.{name}": ms for name in TIMES if (ms := getattr(turn, name)) is not None},
            },
            start_time=began_ns + min(at.values()) * NS_A_MS,
        )
        for name, ms in at.items():
            span.add_event(name, timestamp=began_ns + ms * NS_A_MS)
        span.end(began_ns + max(at.values()) * NS_A_MS)
