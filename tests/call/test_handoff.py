"""What the nurse is told."""

from __future__ import annotations

from voice_agent.call.handoff import (
    CallSummary,
    Evidence,
    RedFlagRaised,
    TurnRecord,
    caller_words,
    sbar,
)
from voice_agent.triage.care_levels import CareLevel

RAISED = RedFlagRaised(
    "heart_attack",
    "Heart attack",
    CareLevel.EMERGENCY_911,
    (Evidence("my chest hurts", 100, 900), Evidence("left arm feels heavy")),
    14_200,
    "1/1",
)


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    parts = sbar(CallSummary("CA1", reason="Asked for a person"))
    assert "name not given" in parts["situation"]
    assert "Asked for a person" in parts["situation"]


def test_the_nurse_is_told_when_the_safety_advice_was_not_heard() -> None:
    assert "not yet heard" in sbar(CallSummary("CA1", red_flag=RAISED, safety_heard=False))["recommendation"]


def test_without_a_red_flag_the_last_words_stand_for_the_caller() -> None:
    turns = (TurnRecord("caller", "hello", 1), TurnRecord("agent", "Hi", 2), TurnRecord("caller", "a person please", 3))
    assert caller_words(CallSummary("CA1", turns=turns)) == "a person please"


def test_nothing_personal_is_in_a_repr() -> None:
    summary = CallSummary("CA1", "+15550199", red_flag=RAISED, learned={"name": "Maria"}, reason="chest pain")
    for personal in ("+15550199", "Maria", "chest"):
        assert personal not in repr(summary)
