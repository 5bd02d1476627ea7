"""A call as spans: the right times, and nothing personal."""

from __future__ import annotations

from dataclasses import replace

from invented_cases import CHEST_PAIN
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.call.measurements import TurnTimes
from voice_agent.call.replies import Listen
from voice_agent.web.call_spans import CallSpans

BEGAN_NS = 1_790_000_000_000_000_000
MS = 1_000_000
TURNS = [
    TurnTimes(Listen.OPEN, 1300, speech_ended_ms=1000, reply_ms=1360, first_frame_ms=1370, first_mark_ms=2500),
    TurnTimes(Listen.DATE, 9000),
]


def summary() -> CallSummary:
    return replace(CHEST_PAIN, call_id="CA77", disposition=Disposition.NURSE_TRANSFERRED)


def test_a_call_and_its_turns_at_the_times_when_they_happened() -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    CallSpans(provider.get_tracer("test")).write(summary(), CallFigures(TURNS, audio_ms=30_000), BEGAN_NS)
    first, second, call = exporter.get_finished_spans()
    provider.shutdown()

    assert (call.name, call.start_time, call.end_time) == ("call", BEGAN_NS, BEGAN_NS + 30_000 * MS)
    assert call.parent is None
    assert dict(call.attributes or {}) == {
        "call.sid": "CA77",
        "call.disposition": "nurse_transferred",
        "call.care_level": "911",
        "call.red_flag": "chest_pain",
        "call.turns": 2,
    }
    assert first.parent == second.parent == call.context
    assert (first.start_time, first.end_time) == (BEGAN_NS + 1000 * MS, BEGAN_NS + 2500 * MS)
    assert dict(first.attributes or {}) == {
        "turn.kind": "open",
        "turn.covered": False,
        "turn.red_flag": False,
        "turn.platform_gap_ms": 370,
        "turn.endpoint_delay_ms": 300,
        "turn.dialog_ms": 60,
        "turn.synthesis_ms": 10,
    }
    assert [(event.name, (event.timestamp - BEGAN_NS) // MS) for event in first.events] == [
        ("speech_ended", 1000),
        ("endpoint", 1300),
        ("reply", 1360),
        ("first_frame", 1370),
        ("first_mark", 2500),
    ]
    assert second.start_time == second.end_time == BEGAN_NS + 9000 * MS
    everything = "".join(span.to_json() for span in (first, second, call))
    personal = ("Ann", "Example", "5550142", "1961", "tight", "left arm", "heart attack", "chest pain")
    assert [word for word in personal if word in everything] == []


def test_without_the_sdk_it_does_nothing() -> None:
    CallSpans(trace.NoOpTracer()).write(summary(), CallFigures(TURNS, audio_ms=30_000), BEGAN_NS)
