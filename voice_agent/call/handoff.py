"""What a person is told of a call: the summary, its SBAR, the call-back task.

Built from facts only: the caller's words, what was asked and answered, the red flag with its evidence, what
was heard of the safety advice. SBAR (situation, background, assessment, recommendation) is the hand-off that
nurses are trained on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.raised import Evidence as Evidence
from voice_agent.triage.raised import RedFlagRaised as RedFlagRaised

SUMMARY_VERSION: Final = 1
OnlyIfRated = Annotated[int | None, Field(exclude_if=lambda rating: rating is None, ge=1, le=5)]
OnlyIfHeard = Annotated[str | None, Field(exclude_if=lambda heard: heard is None)]
"""Not written when there is nothing: calls that were recorded before there was a second ear replay byte for byte."""


class Disposition(StrEnum):
    """How a call ended; reported, never driving."""

    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_RESCHEDULED = "appointment_rescheduled"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    NURSE_TRANSFERRED = "nurse_transferred"
    EMERGENCY_ADVISED = "emergency_advised"
    CALLBACK_REQUESTED = "callback_requested"
    SELF_SERVED = "self_served"
    ABANDONED = "abandoned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was asked, and what the caller said to it."""

    question: str
    """Stable id, e.g. `headache.sudden`."""
    asked: str = field(repr=False)
    """The sentence that was spoken."""
    answered: str = field(repr=False)
    """The caller's words, or `pressed 1`."""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One thing that was said, by either side."""

    speaker: str
    """`caller` or `agent`."""
    text: str = field(repr=False)
    at_ms: int
    """Audio time at which it began to be said (agent) or was understood (caller)."""
    confidence: float | None = None
    """Mean word confidence, caller only."""
    heard: bool = True
    """Agent only: whether the caller heard it to the end."""
    heard_words: int | None = None
    """Agent only: so many words of it were heard before it was cut off; none when it was not."""
    first_ear: OnlyIfHeard = field(default=None, repr=False)
    """Caller only: what the streaming ear heard, when a second one heard it as well."""
    second_ear: OnlyIfHeard = field(default=None, repr=False)
    """Caller only: what the second ear heard."""


@dataclass(frozen=True, slots=True)
class CallSummary:
    """All that is known of a call, for the nurse, the console and the record."""

    call_id: str
    caller_number: str = field(default="", repr=False)
    started_at: str = ""
    """Wall clock, ISO 8601."""
    reason: str = field(default="", repr=False)
    """Why a person is wanted, one short sentence."""
    care_level: CareLevel | None = None
    red_flag: RedFlagRaised | None = None
    learned: dict[str, str] = field(default_factory=dict, repr=False)
    """Facts the dialog established: name, date_of_birth, symptom, appointment …; as said, not verified."""
    answers: tuple[Answer, ...] = field(default=(), repr=False)
    turns: tuple[TurnRecord, ...] = field(default=(), repr=False)
    actions: tuple[str, ...] = ()
    """What the agent did, in order, e.g. `safety_sentence_heard`."""
    safety_heard: bool | None = None
    """Whether the safety sentence was heard to its end; none when there was none."""
    disposition: Disposition | None = None
    """How the call ended, once it has."""
    rating: OnlyIfRated = None
    """How the caller rated the call, 1 (poor) to 5 (very good), where callers are asked."""
    version: int = SUMMARY_VERSION


@dataclass(frozen=True, slots=True)
class CallbackTask:
    """Somebody owes this caller a call."""

    token: str
    """The transfer's token; one task a transfer."""
    call_id: str
    caller_number: str = field(repr=False)
    care_level: CareLevel
    reason: str = field(repr=False)
    opened_at: str
    """Wall clock, ISO 8601."""
    due_at: str


def sbar(summary: CallSummary) -> dict[str, str]:
    """The four parts, each one or two plain sentences: situation, background, assessment, recommendation."""
    return {
        "situation": _situation(summary),
        "background": _background(summary),
        "assessment": _assessment(summary),
        "recommendation": _recommendation(summary),
    }


def caller_words(summary: CallSummary, limit: int = 12) -> str:
    """The caller's own words that matter: the red-flag evidence, else the last thing said."""
    if summary.red_flag and summary.red_flag.evidence:
        words = ", ".join(piece.words for piece in summary.red_flag.evidence)
    else:
        said = [turn.text for turn in summary.turns if turn.speaker == "caller"]
        words = said[-1] if said else ""
    return " ".join(words.split()[:limit])


def _situation(summary: CallSummary) -> str:
    who = summary.learned.get("name") or "Caller, name not given"
    # A red flag is a suspicion that was raised, not a diagnosis.
    what = f"Red flag: {summary.red_flag.title}" if summary.red_flag else summary.reason or "asks for a person"
    return f"{who}. {what}."


def _background(summary: CallSummary) -> str:
    facts = []
    if born := summary.learned.get("date_of_birth"):
        facts.append(f"Born {born}, not verified.")
    if symptom := summary.learned.get("symptom"):
        facts.append(f"Symptom: {symptom}.")
    if about := summary.learned.get("reason"):
        facts.append(f"Called about: {about}.")
    return " ".join(facts) or "Nothing further established."


def _assessment(summary: CallSummary) -> str:
    facts = []
    if words := caller_words(summary):
        facts.append(f"In the caller's words: {words}.")
    if summary.red_flag:
        seconds = summary.red_flag.at_ms // 1000
        facts.append(f"Said {seconds} seconds into the call.")
    facts.extend(
        f"Asked {answer.question.replace('_', ' ').replace('.', ', ')}: {answer.answered}."
        for answer in summary.answers[-3:]
    )
    return " ".join(facts) or "No symptom was described."


def _recommendation(summary: CallSummary) -> str:
    advice = {
        CareLevel.EMERGENCY_911: "Possible emergency: confirm 911.",
        CareLevel.NURSE_NOW: "Needs you now.",
        CareLevel.NURSE_WITHIN_HOUR: "Needs a nurse within the hour.",
        CareLevel.CLINIC_SOON: "To be seen today or tomorrow.",
        CareLevel.SELF_CARE: "Wants a person.",
        None: "Wants a person.",
    }[summary.care_level]
    if summary.safety_heard is False:
        advice += " Safety advice not yet heard to its end."
    elif summary.safety_heard:
        advice += " Safety advice heard."
    return advice
