"""What the case page shows, as plain values.

Pure: a transfer, its summary and nurses' work in, sections out. How sure we are of words is a word and a shade, never
a shade alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from voice_agent.call.case_work import CaseOutcome, CaseWork, Verdict
from voice_agent.call.handoff import CallSummary, TurnRecord, sbar
from voice_agent.call.transfer import FINISHED, TAKEN, Transfer
from voice_agent.records.call_facts import CallFact
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.console import times
from voice_agent.web.console.views import Urgency, about, status_words, urgency, who

LOW_CONFIDENCE: Final = 0.6
HIGH_CONFIDENCE: Final = 0.85
CUES: Final = {"sure": "", "fair": ", read with care", "unsure": ", please check"}
HISTORY: Final = {
    "refused": "passed the call on",
    "no_answer": "did not answer",
    "busy": "was busy",
    "failed": "could not be reached",
    "hung_up": "hung up before accepting",
    "carrier_error": "could not be rung",
    "answered": "answered and was briefed",
    "accepted": "accepted",
    "bridged": "was joined with the caller",
    "nurse_left": "left the call",
    "no_key": "answered and pressed no key",
    "voicemail": "was a machine, it seems",
    "order_lost": "could not be rung",
    "dropped": "was cut off from the caller",
    "caller_left": "The caller hung up",
    "ladder_exhausted": "Nobody accepted",
}
OUTCOMES: Final = {
    CaseOutcome.ADVISED: "Advised by a nurse",
    CaseOutcome.SENT_TO_EMERGENCY: "Sent to 911 or the emergency department",
    CaseOutcome.APPOINTMENT_MADE: "Appointment made",
    CaseOutcome.TO_CLINICIAN: "Passed to a clinician",
    CaseOutcome.NOT_CLINICAL: "Not a clinical matter",
    CaseOutcome.NOT_REACHED: "Could not be reached",
    CaseOutcome.WRONG_NUMBER: "Wrong number",
}
VERDICTS: Final = {
    Verdict.OVER_TRIAGED: "Over-triaged: not as urgent as the line said",
    Verdict.UNDER_TRIAGED: "Under-triaged: more urgent than the line said",
    Verdict.WRONG_EVIDENCE: "Wrong evidence: these words do not mean that",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said, in the timeline."""

    is_caller: bool
    text: str = field(repr=False)
    at: str
    note: str
    """How sure we are of the words and what else they may have been, or that the caller did not hear it to its end."""
    doubtful: bool
    flagged: bool
    """Holds words that raised the red flag."""
    shade: str = ""
    """CSS class of how sure we are: `sure`, `fair`, `unsure`, or none."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something that the nurse need not ask again, because the case holds it."""

    id: str
    words: str = field(repr=False)
    again: bool
    """Marked: she had to ask it again."""


@dataclass(frozen=True, slots=True)
class Written:
    """A nurse's note."""

    by: str
    at: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """The case page."""

    token: str
    urgency: Urgency
    who: str = field(repr=False)
    about: str = field(repr=False)
    number: str = field(repr=False)
    status: str
    started: str
    requested: str
    waiting: str
    is_open: bool
    can_ring: bool
    """No nurse has the caller yet: one may have it on her own phone."""
    sbar: list[tuple[str, str]] = field(repr=False)
    red_flag: str
    evidence: list[tuple[str, str]] = field(repr=False)
    """(words, when)"""
    flag_at: str
    flag_version: str
    safety: str
    facts: list[tuple[str, str]] = field(repr=False)
    answers: list[tuple[str, str, str]] = field(repr=False)
    """(asked, answered, when)"""
    timeline: list[Line] = field(repr=False)
    actions: list[str]
    history: list[str]
    nurse: str
    """Who has the case; '' when nobody has."""
    since: str
    version: int
    notes: list[Written] = field(repr=False)
    outcome: str
    """How it was closed, by whom and when; '' while it is not."""
    tries: list[str]
    verdicts: list[str]
    held: list[Held] = field(repr=False)
    asked_again: str
    """Who marked what was asked again, and when; '' when nobody did."""


def case(transfer: Transfer, summary: CallSummary, work: CaseWork, now: datetime, zone: ZoneInfo) -> Case:
    """Everything that a nurse needs about one caller."""
    flag = summary.red_flag

    def clock(iso: str) -> str:
        return times.clock(times.moment(iso), now, zone)

    again = work.asked_again
    return Case(
        token=transfer.token,
        urgency=urgency(transfer.care_level),
        who=who(summary),
        about=about(summary),
        number=summary.caller_number,
        status=status_words(transfer),
        started=clock(summary.started_at),
        requested=times.clock(times.moment(transfer.requested_at), now, zone, seconds=True),
        waiting=times.since(transfer.requested_at, now),
        is_open=transfer.status not in FINISHED,
        can_ring=transfer.status not in FINISHED | TAKEN,
        sbar=[(part.capitalize(), words) for part, words in sbar(summary).items()],
        red_flag=flag.title if flag else "",
        evidence=[(piece.words, times.audio(piece.start_ms)) for piece in flag.evidence] if flag else [],
        flag_at=times.audio(flag.at_ms) if flag else "",
        flag_version=flag.content_version if flag else "",
        safety={
            None: "",
            True: "The caller heard the safety advice to its end.",
            False: "The caller did not hear the safety advice to its end. Say it again.",
        }[summary.safety_heard],
        facts=[(in_words(name), value) for name, value in summary.learned.items()],
        answers=[(answer.asked, answer.answered, times.audio(answer.at_ms)) for answer in summary.answers],
        timeline=[_line(turn, [piece.words for piece in flag.evidence] if flag else []) for turn in summary.turns],
        actions=[in_words(action) for action in summary.actions],
        history=[_history(entry) for entry in transfer.history],
        nurse=work.nurse,
        since=clock(work.since),
        version=work.version,
        notes=[Written(note.by, clock(note.at), note.text) for note in work.notes],
        outcome=f"{OUTCOMES[work.outcome]} ({work.outcome_by}, {clock(work.outcome_at)})" if work.outcome else "",
        tries=[f"{'Reached' if t.reached else 'Not reached'} ({t.by}, {clock(t.at)})" for t in work.tries],
        verdicts=[VERDICTS[verdict].partition(":")[0] for verdict in work.verdicts],
        held=held(summary, again.items if again else ()),
        asked_again=f"Marked by {again.by}, {clock(again.at)}" if again else "",
    )


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """Another call from the same number."""

    at: str
    words: str
    token: str
    """Of its case; '' when it had none."""


def earlier(fact: CallFact, now: datetime, zone: ZoneInfo) -> EarlierCall:
    """An earlier call in a few words."""
    ended = in_words(fact.disposition) if fact.disposition else "Not answered by the assistant"
    level = next((urgency(level).word for level in CareLevel if level == fact.care_level), "")
    words = f"{ended}; {level}" if level else ended
    return EarlierCall(times.clock(fact.started_at, now, zone), words, fact.case_token or "")


def in_words(identifier: str) -> str:
    """`date_of_birth` → "Date of birth"."""
    words = identifier.replace("_", " ").replace(".", ", ")
    return words[:1].upper() + words[1:]


def held(summary: CallSummary, again: tuple[str, ...] = ()) -> list[Held]:
    """What the caller was asked or has said: each thing once."""
    asked = {answer.question: answer.asked for answer in summary.answers}
    known = {name: in_words(name) for name in summary.learned if name not in asked}
    return [Held(name, words, name in again) for name, words in (asked | known).items()]


def _line(turn: TurnRecord, evidence: list[str]) -> Line:
    is_caller = turn.speaker == "caller"
    note, doubtful, shade = "", False, ""
    if is_caller and turn.confidence is not None:
        doubtful = turn.confidence < LOW_CONFIDENCE
        shade = "unsure" if doubtful else "sure" if turn.confidence >= HIGH_CONFIDENCE else "fair"
        note = f"{turn.confidence:.0%} sure{CUES[shade]}"
        note += "".join(f"; may have been “{heard}”" for heard in _other_readings(turn))
    elif not is_caller and not turn.heard:
        note, doubtful = _not_heard(turn), True
    said = " / ".join((turn.text, *_other_readings(turn))).lower()
    flagged = is_caller and any(words.lower() in said for words in evidence)
    return Line(is_caller, turn.text, times.audio(turn.at_ms), note, doubtful, flagged, shade)


def _other_readings(turn: TurnRecord) -> tuple[str, ...]:
    """What an ear heard that was not believed."""
    heard = (turn.first_ear, turn.second_ear)
    return tuple(dict.fromkeys(words for words in heard if words and words != turn.text))


def _not_heard(turn: TurnRecord) -> str:
    """ "heard up to “at any time”", or that nothing of it is known to have been heard."""
    if not turn.heard_words:
        return "not heard" if turn.heard_words == 0 else "not heard to the end"
    return f"heard up to “{' '.join(turn.text.split()[: turn.heard_words][-3:])}”"


def _history(entry: str) -> str:
    attempt, _, what = entry.partition(":")
    words = HISTORY.get(what, in_words(what))
    return words if what in {"caller_left", "ladder_exhausted"} else f"Nurse {int(attempt) + 1} {words}"
