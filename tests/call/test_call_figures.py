"""A call in figures."""

from __future__ import annotations

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.measurements import (
    Counted,
    Interruption,
    Outcome,
    SecondEarOutcome,
    SecondEarTimes,
    TurnTimes,
)
from voice_agent.call.replies import Listen


def turn(gap_ms: int | None) -> TurnTimes:
    return TurnTimes(Listen.OPEN, 1500, speech_ended_ms=1000, first_frame_ms=None if gap_ms is None else 1000 + gap_ms)


def test_figures_of_a_call() -> None:
    figures = CallFigures(latest_ms=31, backlog_ms=300, audio_ms=61_240)
    for gap_ms in (900, 300, None, 400):
        figures.take(turn(gap_ms))
    for outcome in (Outcome.YIELDED, Outcome.RESUMED, Outcome.RESUMED, Outcome.OVER):
        figures.take(Interruption(outcome, 100, 220))
    for counted in (Counted.NO_INPUT, Counted.NO_MATCH, Counted.NO_MATCH, Counted.FILLER):
        figures.take(counted)
    for outcome, waited_ms in (("heard", 80), ("heard", 0), ("late", 250), ("shed", 0), ("in_vain", None)):
        figures.take(SecondEarTimes(SecondEarOutcome(outcome), 300, waited_ms))
    assert figures.for_log() == {
        "seconds": 61.2,
        "answers": 4,
        "gap_p50_ms": 400,
        "gap_max_ms": 900,
        "interruptions": 1,
        "resumed": 2,
        "no_inputs": 1,
        "no_matches": 2,
        "fillers": 1,
        "heard_twice": 2,
        "second_ear_late": 1,
        "second_ear_shed": 1,
        "second_ear_failed": 0,
        "second_ear_wait_max_ms": 250,
        "late_max_ms": 31,
        "backlog_max_ms": 300,
    }


def test_a_call_without_a_turn_has_no_gap() -> None:
    figures = CallFigures()
    assert (figures.platform_gap_p50_ms, figures.platform_gap_max_ms) == (None, None)
