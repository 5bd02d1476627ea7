"""What the pages show, as plain values.

Pure: transfers, call-backs and summaries in, rows and sections out. Templates only lay them out. Urgency is always a
word and a sign, never a colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voice_agent.call.handoff import CallbackTask, CallSummary, TurnRecord, sbar
from voice_agent.call.transfer import FINISHED, Transfer, TransferStatus
from voice_agent.triage.care_levels import CareLevel

LOW_CONFIDENCE: Final = 0.6

URGENCY: Final = {
    CareLevel.EMERGENCY_911: ("Emergency", "‼", "emergency"),
    CareLevel.NURSE_NOW: ("Nurse now", "!", "now"),
    CareLevel.NURSE_WITHIN_HOUR: ("Within the hour", "◷", "hour"),
    CareLevel.CLINIC_SOON: ("Clinic soon", "▸", "soon"),
    CareLevel.SELF_CARE: ("Self-care", "·", "self"),
}
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
    "caller_left": "The caller hung up",
    "ladder_exhausted": "Nobody accepted",
}


@dataclass(frozen=True, slots=True)
class Urgency:
    """How urgent, in a word, a sign and a CSS class."""

    word: str
    sign: str
    style: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    token: str
    urgency: Urgency
    who: str = field(repr=False)
    about: str = field(repr=False)
    status: str
    time: str
    waiting: str
    late: bool = False
    """The promise of a call-back has run out."""
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue page."""

    waiting: list[Row]
    callbacks: list[Row]
    finished: list[Row]
    checked_at: str


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


@dataclass(frozen=True, slots=True)
class Case:
    """The case page."""

    token: str
    urgency: Urgency
    who: str = field(repr=False)
    number: str = field(repr=False)
    status: str
    started: str
    requested: str
    waiting: str
    is_open: bool
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


def urgency(level: CareLevel) -> Urgency:
    """How a care level is shown."""
    return Urgency(*URGENCY[level])


def queue(
    transfers: list[Transfer],
    callbacks: list[CallbackTask],
    summaries: dict[str, CallSummary],
    now: datetime,
    zone: ZoneInfo,
) -> Queue:
    """The queue: who waits now (most urgent, then longest), which call-backs are owed, what is finished.

    `summaries` by token; one that is missing, or that the reader may not see, leaves who and about empty.
    """
    waiting = sorted(
        (transfer for transfer in transfers if transfer.status not in FINISHED),
        key=lambda transfer: (transfer.care_level.rank, transfer.requested_at),
    )
    owed = {task.token for task in callbacks}
    finished = [transfer for transfer in transfers if transfer.status in FINISHED and transfer.token not in owed]
    return Queue(
        [_waiting_row(transfer, summaries.get(transfer.token), now, zone) for transfer in waiting],
        [_callback_row(task, summaries.get(task.token), now, zone) for task in callbacks],
        [_finished_row(transfer, summaries.get(transfer.token), now, zone) for transfer in finished],
        _clock(now, now, zone, seconds=True),
    )


def case(transfer: Transfer, summary: CallSummary, now: datetime, zone: ZoneInfo) -> Case:
    """Everything that a nurse needs about one caller."""
    flag = summary.red_flag
    return Case(
        token=transfer.token,
        urgency=urgency(transfer.care_level),
        who=_who(summary),
        number=summary.caller_number,
        status=status_words(transfer),
        started=_clock(_moment(summary.started_at), now, zone),
        requested=_clock(_moment(transfer.requested_at), now, zone, seconds=True),
        waiting=_since(transfer.requested_at, now),
        is_open=transfer.status not in FINISHED,
        sbar=[(part.capitalize(), words) for part, words in sbar(summary).items()],
        red_flag=flag.title if flag else "",
        evidence=[(piece.words, _audio_time(piece.start_ms)) for piece in flag.evidence] if flag else [],
        flag_at=_audio_time(flag.at_ms) if flag else "",
        flag_version=flag.content_version if flag else "",
        safety={
            None: "",
            True: "The caller heard the safety advice to its end.",
            False: "The caller did not hear the safety advice to its end. Say it again.",
        }[summary.safety_heard],
        facts=[(_words(name), value) for name, value in summary.learned.items()],
        answers=[(answer.asked, answer.answered, _audio_time(answer.at_ms)) for answer in summary.answers],
        timeline=[_line(turn, [piece.words for piece in flag.evidence] if flag else []) for turn in summary.turns],
        actions=[_words(action) for action in summary.actions],
        history=[_history(entry) for entry in transfer.history],
    )


def status_words(transfer: Transfer) -> str:
    """Where a transfer stands, for a nurse."""
    nurse = f"nurse {transfer.attempt + 1} of {len(transfer.ladder)}"
    return {
        TransferStatus.REQUESTED: "About to ring",
        TransferStatus.RINGING: f"Ringing {nurse}",
        TransferStatus.BRIEFING: f"Briefing {nurse}",
        TransferStatus.ACCEPTED: f"Accepted by {nurse}",
        TransferStatus.BRIDGED: "With a nurse",
        TransferStatus.DONE: "Spoke with a nurse",
        TransferStatus.UNANSWERED: "Nobody accepted",
        TransferStatus.CALLER_GONE: "Caller hung up",
    }[transfer.status]


def _waiting_row(transfer: Transfer, summary: CallSummary | None, now: datetime, zone: ZoneInfo) -> Row:
    return Row(
        transfer.token,
        urgency(transfer.care_level),
        _who(summary),
        _about(summary),
        status_words(transfer),
        _clock(_moment(transfer.requested_at), now, zone),
        _since(transfer.requested_at, now),
    )


def _callback_row(task: CallbackTask, summary: CallSummary | None, now: datetime, zone: ZoneInfo) -> Row:
    due = _moment(task.due_at)
    late = due is not None and now > due
    left = "" if due is None else _span(abs(due - now))
    return Row(
        task.token,
        urgency(task.care_level),
        _who(summary),
        _about(summary),
        f"Overdue by {left}" if late else f"Due in {left}",
        _clock(due, now, zone),
        _since(task.opened_at, now),
        late,
        task.caller_number if summary else "",
    )


def _finished_row(transfer: Transfer, summary: CallSummary | None, now: datetime, zone: ZoneInfo) -> Row:
    return Row(
        transfer.token,
        urgency(transfer.care_level),
        _who(summary),
        _about(summary),
        status_words(transfer),
        _clock(_moment(transfer.requested_at), now, zone),
        "",
    )


def _line(turn: TurnRecord, evidence: list[str]) -> Line:
    is_caller = turn.speaker == "caller"
    note, doubtful = "", False
    if is_caller and turn.confidence is not None:
        doubtful = turn.confidence < LOW_CONFIDENCE
        note = f"{turn.confidence:.0%} sure{', please check' if doubtful else ''}"
        note += "".join(f"; may have been “{heard}”" for heard in _other_readings(turn))
    elif not is_caller and not turn.heard:
        note, doubtful = _not_heard(turn), True
    said = " / ".join((turn.text, *_other_readings(turn))).lower()
    flagged = is_caller and any(words.lower() in said for words in evidence)
    return Line(is_caller, turn.text, _audio_time(turn.at_ms), note, doubtful, flagged)


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
    words = HISTORY.get(what, _words(what))
    return words if what in {"caller_left", "ladder_exhausted"} else f"Nurse {int(attempt) + 1} {words}"


def _who(summary: CallSummary | None) -> str:
    return (summary.learned.get("name") or "Name not given") if summary else ""


def _about(summary: CallSummary | None) -> str:
    if summary is None:
        return ""
    return summary.red_flag.title if summary.red_flag else summary.reason or "Asks for a person"


def _words(identifier: str) -> str:
    words = identifier.replace("_", " ").replace(".", ", ")
    return words[:1].upper() + words[1:]


def _moment(iso: str) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


def _clock(moment: datetime | None, now: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """Clock time in the clinic's zone, as Americans write it: `2:03 PM`, on another day `Mar 1, 2:03 PM`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    hour = local.strftime("%I").lstrip("0")
    time = f"{hour}:{local.strftime('%M:%S %p' if seconds else '%M %p')}"
    return time if local.date() == now.astimezone(zone).date() else f"{local:%b} {local.day}, {time}"


def _since(iso: str, now: datetime) -> str:
    moment = _moment(iso)
    return "" if moment is None else _span(max(now - moment, timedelta()))


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s" if seconds >= 60 else f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def _audio_time(at_ms: int | None) -> str:
    """Minutes and seconds into the call."""
    return "" if at_ms is None else f"{at_ms // 60_000}:{at_ms // 1000 % 60:02}"
