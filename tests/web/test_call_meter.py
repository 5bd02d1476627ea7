"""One live call, measured: what the loop tells becomes figures, metrics, admission and a span."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from voice_agent.call.commands import AskDialog, PauseSpeaking, Prompt, ResumeSpeaking, Speak
from voice_agent.call.events import CallConnected, DialogReplied, Listened, Transcribed
from voice_agent.call.handoff import CallSummary
from voice_agent.call.measurements import Counted
from voice_agent.call.replies import DialogReply
from voice_agent.web.call_meter import CallMeter, Measuring
from voice_agent.web.call_metrics import CallMetrics
from voice_agent.web.call_spans import CallSpans
from voice_agent.web.lateness import Lateness

BEGAN_NS = 1_790_000_000_000_000_000


class Measured:
    """A meter on a clock that is turned by hand; audio runs with it unless told otherwise."""

    def __init__(self) -> None:
        self.now_ms = 50_000.0
        self.registry = CollectorRegistry()
        self.exporter, self.provider = InMemorySpanExporter(), TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        clock = lambda: self.now_ms / 1000  # noqa: E731
        self.lateness = Lateness(clock=clock)
        self.meter: CallMeter = Measuring(
            CallMetrics(self.registry),
            self.lateness,
            CallSpans(self.provider.get_tracer("test")),
            no_input_ms=7000,
            release_ms=0,
            clock=clock,
            epoch_ns=lambda: BEGAN_NS + round((self.now_ms - 50_000) * 1_000_000),
        ).meter()
        self.at_ms = 0

    def line(self, ms: int, is_speech: bool = False) -> None:
        """Frames that come in time."""
        for _ in range(ms // 20):
            self.at_ms += 20
            self.now_ms = max(self.now_ms, 50_000.0 + self.at_ms)
            self.meter.happened(Listened(self.at_ms, is_speech), [])

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"voice_agent_{name}", labels)


@pytest.fixture
def call() -> Iterator[Measured]:
    call = Measured()
    call.meter.happened(CallConnected("CA1", "+15550199"), [Speak(Prompt(1, ("Hello.",)))])
    yield call
    call.provider.shutdown()


def test_a_turn_is_timed_finer_than_frames(call: Measured) -> None:
    call.line(1000)
    call.line(500, is_speech=True)
    call.line(300)
    call.now_ms += 7
    call.meter.happened(Transcribed("yes", 1800, final=True), [AskDialog(1, "yes")])
    call.now_ms += 5
    call.meter.happened(DialogReplied(1, DialogReply(("Good.",))), [Speak(Prompt(2, ("Good.",)))])
    call.meter.frame_sent(2)
    figures = call.meter.ended(CallSummary("CA1"))
    assert figures.turns[0].platform_gap_ms == 312
    assert figures.audio_ms == 1800
    assert call.value("platform_gap_seconds_sum", kind="open") == pytest.approx(0.312)


def test_a_loop_that_is_behind_does_not_measure_itself_too_fast(call: Measured) -> None:
    """The frames since the caller's last word wait 400 ms: the caller has waited as long."""
    call.line(1000)
    call.line(500, is_speech=True)
    call.now_ms += 400
    call.line(300)
    call.meter.happened(Transcribed("yes", 1800, final=True), [Speak(Prompt(2, ("Good.",)))])
    call.meter.frame_sent(2)
    assert call.meter.ended(CallSummary("CA1")).turns[0].platform_gap_ms == 400


def test_the_span_begins_at_the_wall_clock_of_the_first_frame(call: Measured) -> None:
    call.line(2000)
    call.meter.ended(CallSummary("CA1"))
    (span,) = call.exporter.get_finished_spans()
    assert (span.start_time, span.end_time) == (BEGAN_NS, BEGAN_NS + 2_000_000_000)


def test_a_call_that_never_had_a_frame_has_no_span(call: Measured) -> None:
    assert call.meter.ended(CallSummary("CA1")).for_log()["seconds"] == 0
    assert call.exporter.get_finished_spans() == ()


def test_a_noise_is_counted(call: Measured) -> None:
    call.line(1000)
    call.line(100, is_speech=True)
    call.meter.happened(Listened(1100, True), [PauseSpeaking()])
    call.meter.happened(Transcribed("", 1300, final=True), [ResumeSpeaking()])
    assert call.meter.ended(CallSummary("CA1")).for_log()["resumed"] == 1
    assert call.value("interruptions_total", outcome="resumed") == 1


def test_what_only_the_loop_knows_is_counted(call: Measured) -> None:
    call.meter.counted(Counted.PARTIALS_SHED, 3)
    call.meter.counted(Counted.SPECULATION_USED)
    assert call.value("partials_shed_total") == 3
    assert call.value("speculations_total", outcome="used") == 1
    assert call.meter.ended(CallSummary("CA1")).counts[Counted.PARTIALS_SHED] == 3


def test_the_worst_of_each_fifth_of_a_second_is_reported(call: Measured) -> None:
    for work_ms in (1, 90, 1):
        call.meter.waits(0.02, behind_ms=100)
        call.now_ms += 19
        call.meter.woke(message_came=True)
        call.now_ms += work_ms
    assert call.lateness.p95_ms == 0, "not yet"
    for _ in range(5):
        call.meter.waits(0.02, behind_ms=0)
        call.now_ms += 19
        call.meter.woke(message_came=True)
    assert call.lateness.p95_ms == 190, "the loop 90 ms, the recogniser 100 ms"
    assert call.value("loop_lateness_seconds_sum") == pytest.approx(0.09)
    assert call.value("recognition_backlog_seconds_sum") == pytest.approx(0.1)
    figures = call.meter.ended(CallSummary("CA1")).for_log()
    assert (figures["late_max_ms"], figures["backlog_max_ms"]) == (90, 100)
