"""What nurses did about a case: who has it, notes, outcome, call-back tries, what they judge of the triage.

A frozen value beside the transfer, under the same token; every change counts its version up. Pure: a case and what a
nurse did in, the next case out, or None where somebody else was first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum


class CaseOutcome(StrEnum):
    """How a nurse closed a case."""

    ADVISED = "advised"
    SENT_TO_EMERGENCY = "sent_to_emergency"
    APPOINTMENT_MADE = "appointment_made"
    TO_CLINICIAN = "to_clinician"
    NOT_CLINICAL = "not_clinical"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"


class Verdict(StrEnum):
    """Where a nurse disagrees with the triage."""

    OVER_TRIAGED = "over_triaged"
    UNDER_TRIAGED = "under_triaged"
    WRONG_EVIDENCE = "wrong_evidence"


@dataclass(frozen=True, slots=True)
class Note:
    """What a nurse wrote."""

    by: str
    at: str
    """Wall clock, ISO 8601."""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallbackTry:
    """A nurse called back."""

    by: str
    at: str
    reached: bool


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What a nurse had to ask although the case held it; the repeat-question rate is counted from it."""

    by: str
    at: str
    items: tuple[str, ...]
    """Question ids and names of facts; empty when nothing was asked again."""
    held: int
    """How many the case held."""


@dataclass(frozen=True, slots=True)
class CaseWork:
    """All that nurses did about one case."""

    token: str
    """The transfer's."""
    nurse: str = ""
    """Who has the case; empty when nobody has."""
    since: str = ""
    """When she took it, ISO 8601."""
    notes: tuple[Note, ...] = ()
    outcome: CaseOutcome | None = None
    outcome_by: str = ""
    outcome_at: str = ""
    tries: tuple[CallbackTry, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    asked_again: AskedAgain | None = None
    """What was marked last."""
    version: int = 0
    """Counts up with each change; compare-and-set in Redis."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A disagreement that is to be looked into, with the phrase as a test case to be."""

    id: str
    token: str
    """Of the case, which may be gone by now."""
    by: str
    at: str
    verdict: Verdict
    flag: str
    """Id of the red flag that was raised; empty when none was."""
    phrase: str = field(repr=False)
    """The caller's words that were judged wrongly."""
    comment: str = field(default="", repr=False)


def claimed(work: CaseWork, nurse: str, at: str) -> CaseWork | None:
    """She has the case; None when somebody else has it. Claiming twice changes nothing."""
    if work.nurse == nurse:
        return work
    return None if work.nurse else _next(work, nurse=nurse, since=at)


def taken_over(work: CaseWork, nurse: str, at: str, *, from_nurse: str) -> CaseWork | None:
    """She takes the case from who forgot to release it; None when that one no longer has it."""
    return _next(work, nurse=nurse, since=at) if work.nurse == from_nurse else None


def released(work: CaseWork, nurse: str) -> CaseWork | None:
    """She gives the case back; None when it is not hers."""
    return _next(work, nurse="", since="") if work.nurse == nurse else None


def noted(work: CaseWork, note: Note) -> CaseWork:
    """A note is added; none is ever taken away."""
    return _next(work, notes=(*work.notes, note))


def closed(work: CaseWork, outcome: CaseOutcome, nurse: str, at: str) -> CaseWork | None:
    """The case has an outcome and is nobody's any more; None when somebody else has it."""
    if work.nurse not in {nurse, ""}:
        return None
    return _next(work, nurse="", since="", outcome=outcome, outcome_by=nurse, outcome_at=at)


def tried(work: CaseWork, attempt: CallbackTry) -> CaseWork:
    """The caller was called back, or not reached."""
    return _next(work, tries=(*work.tries, attempt))


def judged(work: CaseWork, verdict: Verdict) -> CaseWork:
    """A nurse disagrees with the triage."""
    return _next(work, verdicts=(*work.verdicts, verdict))


def asked(work: CaseWork, again: AskedAgain) -> CaseWork:
    """What had to be asked again, as marked last."""
    return _next(work, asked_again=again)


def _next(work: CaseWork, **changes: object) -> CaseWork:
    return replace(work, version=work.version + 1, **changes)  # type: ignore[arg-type]  # fields of ours, by name
