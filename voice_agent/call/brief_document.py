"""The brief as a document: what a nurse is told, for machines.

Its shape is versioned; `docs/brief.schema.json` is drawn from it (`python docs/make_brief_schema.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from voice_agent.call.brief import brief
from voice_agent.call.handoff import CallSummary, caller_words, sbar
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.triage.care_levels import CareLevel
from voice_agent.understanding.yes_no import yes_no

SAYS_WRONG: Final = "caller_says_summary_is_wrong"
YEAR_AGREES: Final = "year_of_birth_agrees"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as they said it."""

    number: str = field(repr=False)
    name: str | None = field(repr=False)
    date_of_birth: str | None = field(repr=False)
    verified: Literal["no", "number_and_year_of_birth"]
    """What was checked; a name or a date alone is only what was said."""


@dataclass(frozen=True, slots=True)
class RaisedFlag:
    """A suspicion that was raised, not a diagnosis."""

    id: str
    title: str
    evidence: tuple[str, ...] = field(repr=False)
    """The caller's words."""
    at_ms: int
    """Milliseconds into the call."""
    rules_version: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what was said to it."""

    question: str
    asked: str = field(repr=False)
    answered: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sbar:
    """Situation, background, assessment, recommendation."""

    situation: str = field(repr=False)
    background: str = field(repr=False)
    assessment: str = field(repr=False)
    recommendation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BriefDocument:
    """All that is handed over. Facts only; what is not known is null or empty."""

    version: Literal[1]
    token: str
    """Names the case everywhere; opaque."""
    call_id: str
    written_at: str
    """Wall clock, ISO 8601."""
    status: TransferStatus
    care_level: CareLevel
    caller: Caller
    reason: str = field(repr=False)
    words: str = field(repr=False)
    """The caller's own, those that matter most."""
    red_flag: RaisedFlag | None
    answers: tuple[Asked, ...]
    denied: tuple[str, ...]
    """Questions that were answered with no."""
    safety_advice_heard: bool | None
    caller_disagrees: bool
    """The caller said that the summary is not right."""
    continues: str | None
    """Token of the case that the caller was cut off from."""
    confidence: float | None
    """Mean confidence of the recogniser in the caller's words, 0 to 1."""
    sbar: Sbar
    spoken: str = field(repr=False)
    """What is whispered: at most twelve seconds."""


def brief_document(transfer: Transfer, summary: CallSummary, written_at: str) -> BriefDocument:
    """The document for this case as it stands."""
    flag = summary.red_flag
    sure = [turn.confidence for turn in summary.turns if turn.speaker == "caller" and turn.confidence is not None]
    return BriefDocument(
        version=1,
        token=transfer.token,
        call_id=transfer.call_id,
        written_at=written_at,
        status=transfer.status,
        care_level=transfer.care_level,
        caller=Caller(
            number=summary.caller_number,
            name=summary.learned.get("name"),
            date_of_birth=summary.learned.get("date_of_birth"),
            verified="number_and_year_of_birth" if YEAR_AGREES in summary.actions else "no",
        ),
        reason=summary.reason,
        words=caller_words(summary),
        red_flag=RaisedFlag(
            flag.flag, flag.title, tuple(piece.words for piece in flag.evidence), flag.at_ms, flag.content_version
        )
        if flag
        else None,
        answers=tuple(Asked(answer.question, answer.asked, answer.answered) for answer in summary.answers),
        denied=tuple(answer.question for answer in summary.answers if yes_no(answer.answered) is False),
        safety_advice_heard=summary.safety_heard,
        caller_disagrees=SAYS_WRONG in summary.actions,
        continues=transfer.earlier or None,
        confidence=round(sum(sure) / len(sure), 3) if sure else None,
        sbar=Sbar(**sbar(summary)),
        spoken=brief(summary),
    )


def as_text(document: BriefDocument) -> str:
    """The same for people, a line each."""
    parts = document.sbar
    lines = [
        f"Situation: {parts.situation}",
        f"Background: {parts.background}",
        f"Assessment: {parts.assessment}",
        f"Recommendation: {parts.recommendation}",
    ]
    if document.denied:
        lines.append(f"Denied: {', '.join(question.replace('_', ' ') for question in document.denied)}.")
    if document.caller_disagrees:
        lines.append("The caller said that this summary is not right.")
    identity = "number and year of birth agree" if document.caller.verified != "no" else "not verified"
    lines.append(f"Identity: {identity}.")
    return "\n".join(lines)
