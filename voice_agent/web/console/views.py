"""What the queue shows, as plain values.

Pure: transfers, call-backs, summaries and nurses' work in, rows out. Templates only lay them out. Urgency is always a
word and a sign, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from voice_agent.call.case_work import CaseWork
from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import FINISHED, Transfer, TransferStatus
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.console import times

URGENCY: Final = {
    CareLevel.EMERGENCY_911: ("Emergency", "‼", "emergency"),
    CareLevel.NURSE_NOW: ("Nurse now", "!", "now"),
    CareLevel.NURSE_WITHIN_HOUR: ("Within the hour", "◷", "hour"),
    CareLevel.CLINIC_SOON: ("Clinic soon", "▸", "soon"),
    CareLevel.SELF_CARE: ("Self-care", "·", "self"),
}
IN_HANDS: Final = frozenset({TransferStatus.ACCEPTED, TransferStatus.BRIDGED})
"""A nurse has accepted: nothing to be alarmed about."""


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
    nurse: str = ""
    """Who has the case."""
    tries: str = ""
    """How often somebody called back in vain, and when last."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue page."""

    waiting: list[Row]
    callbacks: list[Row]
    finished: list[Row]
    checked_at: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An emergency that nobody has yet."""

    token: str
    words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands in the store, as the reader may see it.

    A summary that is missing, or that the reader may not see, leaves who and about empty.
    """

    transfers: list[Transfer]
    callbacks: list[CallbackTask]
    summaries: Mapping[str, CallSummary]
    works: Mapping[str, CaseWork]

    def nurse(self, token: str) -> str:
        """Who has the case; '' when nobody has."""
        work = self.works.get(token)
        return work.nurse if work else ""


def urgency(level: CareLevel) -> Urgency:
    """How a care level is shown."""
    return Urgency(*URGENCY[level])


def queue(desk: Desk, now: datetime, zone: ZoneInfo) -> Queue:
    """The queue: who waits now (most urgent, then longest), which call-backs are owed, what is finished."""
    owed = {task.token for task in desk.callbacks}
    finished = [transfer for transfer in desk.transfers if transfer.status in FINISHED and transfer.token not in owed]
    return Queue(
        [_waiting_row(transfer, desk, now, zone) for transfer in _waiting(desk)],
        [_callback_row(task, desk, now, zone) for task in desk.callbacks],
        [_finished_row(transfer, desk, now, zone) for transfer in finished],
        times.clock(now, now, zone, seconds=True),
    )


def alarms(desk: Desk) -> list[Alarm]:
    """Emergencies that wait, or are owed a call, and that no nurse has: what the console rings for."""
    waiting = [
        Alarm(transfer.token, "Emergency waiting")
        for transfer in _waiting(desk)
        if transfer.care_level is CareLevel.EMERGENCY_911 and transfer.status not in IN_HANDS
    ]
    owed = [
        Alarm(task.token, "Emergency to call back")
        for task in desk.callbacks
        if task.care_level is CareLevel.EMERGENCY_911
    ]
    return [alarm for alarm in (*waiting, *owed) if not desk.nurse(alarm.token)]


def status_words(transfer: Transfer) -> str:
    """Where a transfer stands, for a nurse."""
    nurse = f"nurse {transfer.attempt + 1} of {len(transfer.ladder)}"
    return {
        TransferStatus.REQUESTED: "About to ring",
        TransferStatus.HOLDING: "A nurse has left the call",
        TransferStatus.RINGING: f"Ringing {nurse}",
        TransferStatus.BRIEFING: f"Briefing {nurse}",
        TransferStatus.ACCEPTED: f"Accepted by {nurse}",
        TransferStatus.BRIDGED: "With a nurse",
        TransferStatus.DONE: "Spoke with a nurse",
        TransferStatus.UNANSWERED: "Nobody accepted",
        TransferStatus.CALLER_GONE: "Caller hung up",
        TransferStatus.CALLBACK_CHOSEN: "Asked to be called back",
    }[transfer.status]


def who(summary: CallSummary | None) -> str:
    """The caller's name, as far as it may be shown."""
    return (summary.learned.get("name") or "Name not given") if summary else ""


def about(summary: CallSummary | None) -> str:
    """What the call is about, in a few words."""
    if summary is None:
        return ""
    return summary.red_flag.title if summary.red_flag else summary.reason or "Asks for a person"


def _waiting(desk: Desk) -> list[Transfer]:
    return sorted(
        (transfer for transfer in desk.transfers if transfer.status not in FINISHED),
        key=lambda transfer: (transfer.care_level.rank, transfer.requested_at),
    )


def _waiting_row(transfer: Transfer, desk: Desk, now: datetime, zone: ZoneInfo) -> Row:
    summary = desk.summaries.get(transfer.token)
    return Row(
        transfer.token,
        urgency(transfer.care_level),
        who(summary),
        about(summary),
        status_words(transfer),
        times.clock(times.moment(transfer.requested_at), now, zone),
        times.since(transfer.requested_at, now),
        nurse=desk.nurse(transfer.token),
    )


def _callback_row(task: CallbackTask, desk: Desk, now: datetime, zone: ZoneInfo) -> Row:
    summary = desk.summaries.get(task.token)
    due = times.moment(task.due_at)
    late = due is not None and now > due
    left = "" if due is None else times.span(abs(due - now))
    return Row(
        task.token,
        urgency(task.care_level),
        who(summary),
        about(summary),
        f"Overdue by {left}" if late else f"Due in {left}",
        times.clock(due, now, zone),
        times.since(task.opened_at, now),
        late,
        task.caller_number if summary else "",
        desk.nurse(task.token),
        _tries(desk.works.get(task.token), now, zone),
    )


def _tries(work: CaseWork | None, now: datetime, zone: ZoneInfo) -> str:
    missed = [attempt for attempt in work.tries if not attempt.reached] if work else []
    if not missed:
        return ""
    at = times.clock(times.moment(missed[-1].at), now, zone)
    return f"Not reached {'once' if len(missed) == 1 else f'{len(missed)} times'}, last at {at}"


def _finished_row(transfer: Transfer, desk: Desk, now: datetime, zone: ZoneInfo) -> Row:
    summary = desk.summaries.get(transfer.token)
    return Row(
        transfer.token,
        urgency(transfer.care_level),
        who(summary),
        about(summary),
        status_words(transfer),
        times.clock(times.moment(transfer.requested_at), now, zone),
        "",
        nurse=desk.nurse(transfer.token),
    )
