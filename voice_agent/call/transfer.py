"""Warm transfer: a nurse accepts, briefed, before the caller is joined.

    requested ── ring ──> ringing ── answered ──> briefing ── accepted ──> accepted ── joined ──> bridged ──> done
                             ^  │ no answer, busy, failed    │ refused, hung up
                             └──┴───── next on the ladder ───┘
                          ladder exhausted ──> unanswered          caller hangs up anywhere ──> caller_gone

A `Transfer` is a frozen value that lives in Redis and outlives the call's socket and this process; webhooks
advance it. `advance` is pure: the transfer and an event in, the next transfer and what to do about it out.
Events that come late, twice or out of order change nothing: each nurse event names the attempt that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from voice_agent.triage.care_levels import CareLevel


class TransferStatus(StrEnum):
    """Where a transfer stands."""

    REQUESTED = "requested"
    RINGING = "ringing"
    BRIEFING = "briefing"
    ACCEPTED = "accepted"
    BRIDGED = "bridged"
    DONE = "done"
    UNANSWERED = "unanswered"
    """Nobody on the ladder accepted: emergency script, call-back task."""
    CALLER_GONE = "caller_gone"
    """The caller hung up before a nurse was joined: call-back task."""


LEFT_TO_VOLUNTEER: Final = "left_to_volunteer"
"""In the history: this nurse's phone was left for that of one who took the call from the console."""
FINISHED = frozenset({TransferStatus.DONE, TransferStatus.UNANSWERED, TransferStatus.CALLER_GONE})


def conference_of(token: str) -> str:
    """The conference of the case with this token: it can be joined even while the store is down."""
    return f"case-{token}"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One caller on the way to a nurse."""

    token: str
    """Opaque; names the case everywhere, the conference included."""
    call_id: str
    care_level: CareLevel
    ladder: tuple[str, ...] = field(repr=False)
    """Nurse numbers, rung in this order."""
    requested_at: str = ""
    """Wall clock, ISO 8601."""
    status: TransferStatus = TransferStatus.REQUESTED
    attempt: int = -1
    """Index into `ladder` of the nurse being rung; -1 before the first."""
    nurse_call_id: str = ""
    """CallSid of the nurse leg, once the carrier gave it."""
    history: tuple[str, ...] = ()
    """What happened, in order, e.g. `0:no_answer`."""
    version: int = 0
    """Counts up with each change; compare-and-set in Redis."""

    @property
    def conference(self) -> str:
        """The conference's name at the carrier: opaque, nothing personal."""
        return conference_of(self.token)


# What can happen to a transfer.


@dataclass(frozen=True, slots=True)
class NurseNeeded:
    """The session asked for a nurse."""


@dataclass(frozen=True, slots=True)
class NurseDialed:
    """The carrier took the order to ring; the leg has a CallSid."""

    attempt: int
    nurse_call_id: str


@dataclass(frozen=True, slots=True)
class NurseAnswered:
    """Somebody, or a machine, picked up: the whisper begins."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseAccepted:
    """The nurse pressed 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseUnreached:
    """This nurse will not come: `refused`, `no_answer`, `busy`, `failed`, `hung_up`, `carrier_error`."""

    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class NurseJoined:
    """The nurse's leg is in the conference with the caller."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseLeft:
    """The nurse's leg ended after it had been bridged."""

    attempt: int


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's leg ended."""


@dataclass(frozen=True, slots=True)
class NurseVolunteered:
    """A nurse takes this call from the console: her own phone is to ring now."""

    number: str = field(repr=False)


TransferEvent = (
    NurseNeeded
    | NurseDialed
    | NurseAnswered
    | NurseAccepted
    | NurseUnreached
    | NurseJoined
    | NurseLeft
    | CallerLeft
    | NurseVolunteered
)


# What to do about it.


@dataclass(frozen=True, slots=True)
class RingNurse:
    """Call the nurse at this place of the ladder."""

    attempt: int
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StopRinging:
    """End the nurse leg: the caller is gone."""

    nurse_call_id: str


@dataclass(frozen=True, slots=True)
class ComfortCaller:
    """Take the caller out of the conference to the emergency script: nobody accepted."""


@dataclass(frozen=True, slots=True)
class OpenCallback:
    """Somebody owes this caller a call."""

    why: str


TransferCommand = RingNurse | StopRinging | ComfortCaller | OpenCallback


def advance(transfer: Transfer, event: TransferEvent) -> tuple[Transfer, list[TransferCommand]]:
    """The next transfer and what to do; (the same transfer, []) for an event that changes nothing."""
    if transfer.status in FINISHED:
        return transfer, _afterthoughts(transfer, event)
    match event:
        case NurseNeeded():
            return _ring_next(transfer) if transfer.status is TransferStatus.REQUESTED else (transfer, [])
        case CallerLeft():
            return _caller_left(transfer)
        case NurseVolunteered(number=number):
            return _volunteered(transfer, number)
        case _ if event.attempt != transfer.attempt:
            return transfer, _to_stop(transfer, event)
        case NurseDialed():
            if transfer.nurse_call_id:
                return transfer, []
            return _moved(transfer, transfer.status, nurse_call_id=event.nurse_call_id), []
        case NurseAnswered():
            return _step(transfer, TransferStatus.RINGING, TransferStatus.BRIEFING, "answered")
        case NurseAccepted():
            return _step(transfer, TransferStatus.BRIEFING, TransferStatus.ACCEPTED, "accepted")
        case NurseJoined():
            return _step(transfer, TransferStatus.ACCEPTED, TransferStatus.BRIDGED, "bridged")
        case NurseUnreached(why=why):
            if transfer.status is TransferStatus.BRIDGED:
                return transfer, []
            return _ring_next(_noted(transfer, why))
        case NurseLeft():
            return _step(transfer, TransferStatus.BRIDGED, TransferStatus.DONE, "nurse_left")


def _afterthoughts(transfer: Transfer, event: TransferEvent) -> list[TransferCommand]:
    """The caller hung up between our order to ring and the carrier's answer: that phone must not go on ringing."""
    if transfer.status is not TransferStatus.CALLER_GONE or not isinstance(event, NurseDialed):
        return []
    if event.attempt != transfer.attempt or event.nurse_call_id == transfer.nurse_call_id:
        return []
    return [StopRinging(event.nurse_call_id)]


def _to_stop(transfer: Transfer, event: TransferEvent) -> list[TransferCommand]:
    """A phone that was left for a volunteer's before the carrier had told us its leg: it must not go on ringing."""
    if isinstance(event, NurseDialed) and f"{event.attempt}:{LEFT_TO_VOLUNTEER}" in transfer.history:
        return [StopRinging(event.nurse_call_id)]
    return []


def _moved(
    transfer: Transfer, status: TransferStatus, *, nurse_call_id: str | None = None, attempt: int | None = None
) -> Transfer:
    return replace(
        transfer,
        status=status,
        nurse_call_id=transfer.nurse_call_id if nurse_call_id is None else nurse_call_id,
        attempt=transfer.attempt if attempt is None else attempt,
        version=transfer.version + 1,
    )


def _noted(transfer: Transfer, what: str) -> Transfer:
    return replace(transfer, history=(*transfer.history, f"{transfer.attempt}:{what}"))


def _step(
    transfer: Transfer, before: TransferStatus, after: TransferStatus, what: str
) -> tuple[Transfer, list[TransferCommand]]:
    if transfer.status is not before:
        return transfer, []
    return _moved(_noted(transfer, what), after), []


def _ring_next(transfer: Transfer) -> tuple[Transfer, list[TransferCommand]]:
    attempt = transfer.attempt + 1
    if attempt >= len(transfer.ladder):
        return _moved(_noted(transfer, "ladder_exhausted"), TransferStatus.UNANSWERED), [
            OpenCallback("nobody accepted"),
            ComfortCaller(),
        ]
    rung = _moved(transfer, TransferStatus.RINGING, nurse_call_id="", attempt=attempt)
    return rung, [RingNurse(attempt, transfer.ladder[attempt])]


def _volunteered(transfer: Transfer, number: str) -> tuple[Transfer, list[TransferCommand]]:
    """She is rung next, at once; whoever was being rung keeps a place behind her. A nurse who is listening stays."""
    if transfer.status is TransferStatus.REQUESTED:
        return _ring_next(replace(transfer, ladder=(number, *transfer.ladder)))
    if transfer.status is not TransferStatus.RINGING or transfer.ladder[transfer.attempt] == number:
        return transfer, []
    before, rung, after = _split(transfer.ladder, transfer.attempt)
    left = replace(_noted(transfer, LEFT_TO_VOLUNTEER), ladder=(*before, rung, number, rung, *after))
    moved, commands = _ring_next(left)
    return moved, [*([StopRinging(transfer.nurse_call_id)] if transfer.nurse_call_id else []), *commands]


def _split(ladder: tuple[str, ...], place: int) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    return ladder[:place], ladder[place], ladder[place + 1 :]


def _caller_left(transfer: Transfer) -> tuple[Transfer, list[TransferCommand]]:
    if transfer.status is TransferStatus.BRIDGED:
        return _moved(_noted(transfer, "caller_left"), TransferStatus.DONE), []
    commands: list[TransferCommand] = [StopRinging(transfer.nurse_call_id)] if transfer.nurse_call_id else []
    commands.append(OpenCallback("the caller hung up before a nurse was joined"))
    return _moved(_noted(transfer, "caller_left"), TransferStatus.CALLER_GONE), commands
