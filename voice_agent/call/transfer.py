"""Warm transfer: what it is, what can happen to it, what is then to be done.

A `Transfer` is a frozen value that lives in Redis and outlives the call's socket and this process. Each telephone that
was rung for it is a `NurseLeg`; its place in `legs` is its attempt number, and every event about a nurse names the
attempt. How events move a transfer stands in `transfer_moves.py`.

What has to be done is not only told once: `owed` reads it off the value, so that a process that dies between deciding
and doing leaves nothing undone for longer than it takes the next one to look.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from voice_agent.triage.care_levels import CareLevel


class TransferStatus(StrEnum):
    """Where a transfer stands."""

    REQUESTED = "requested"
    HOLDING = "holding"
    """A nurse has left after talking with the caller; who stays on the line is brought to the next one."""
    RINGING = "ringing"
    BRIEFING = "briefing"
    ACCEPTED = "accepted"
    """A nurse pressed 1; she, the caller or both have yet to come into the conference."""
    BRIDGED = "bridged"
    DONE = "done"
    UNANSWERED = "unanswered"
    """Nobody on the ladder accepted: emergency script, call-back task."""
    CALLER_GONE = "caller_gone"
    """The caller hung up before a nurse was joined: call-back task."""
    CALLBACK_CHOSEN = "callback_chosen"
    """The caller would rather be called back: call-back task."""


FINISHED = frozenset(
    {TransferStatus.DONE, TransferStatus.UNANSWERED, TransferStatus.CALLER_GONE, TransferStatus.CALLBACK_CHOSEN}
)
TAKEN = frozenset({TransferStatus.ACCEPTED, TransferStatus.BRIDGED})
"""A nurse has the case."""
WAITING = frozenset(TransferStatus) - FINISHED - TAKEN
"""The caller waits for one."""


class LegStatus(StrEnum):
    """Where one nurse's telephone stands."""

    RINGING = "ringing"
    BRIEFING = "briefing"
    DOUBTED = "doubted"
    """A machine seems to have answered: no personal word is said to it, others are rung, and a key still counts."""
    ACCEPTED = "accepted"
    JOINED = "joined"
    OVER = "over"


class Release(StrEnum):
    """How a nurse's leg is ended."""

    NONE = ""
    """Not by us."""
    STOP = "stop"
    """It rings, and is to stop."""
    DISMISS = "dismiss"
    """Somebody is on it, and is to be told why it ends."""
    LEAVES = "leaves"
    """It ends with the conference, and its own end has yet to be told."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class NurseLeg:
    """One telephone that was rung."""

    number: str = field(repr=False)
    status: LegStatus = LegStatus.RINGING
    call_id: str = ""
    """CallSid, once the carrier gave it."""
    since: str = ""
    """Wall clock of the last change of its status, ISO 8601."""
    release: Release = Release.NONE


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
    """Index into `legs` of the nurse who counts: who accepted, else who answered, else who was rung last."""
    history: tuple[str, ...] = ()
    """What happened, in order, e.g. `0:no_answer`."""
    version: int = 0
    """Counts up with each change; compare-and-set in Redis."""
    steps: tuple[int, ...] = ()
    """The step of each number of the ladder: neighbours with the same one ring together; () is one after the other."""
    rung: int = 0
    """How many numbers of the ladder had their turn."""
    legs: tuple[NurseLeg, ...] = ()
    caller_in: bool = False
    """The caller is in the conference, waiting or talking."""
    talked: bool = False
    """A nurse was with the caller."""
    drops: int = 0
    """How often the line to a nurse was lost."""
    since: str = ""
    """Wall clock of the last change of `status`, ISO 8601."""
    callback: str = ""
    """Why a call-back is still to be opened; empty when none is, or when it was."""
    earlier: str = ""
    """Token of the case that this one goes on with: the caller was cut off from it."""

    @property
    def conference(self) -> str:
        """The conference's name at the carrier: opaque, nothing personal."""
        return conference_of(self.token)

    @property
    def nurse_call_id(self) -> str:
        """CallSid of the nurse who counts, empty while it is not known."""
        return self.legs[self.attempt].call_id if 0 <= self.attempt < len(self.legs) else ""

    @property
    def settled(self) -> bool:
        """Nothing more will or has to happen."""
        leaving = any(leg.release is Release.LEAVES for leg in self.legs)
        return self.status in FINISHED and not leaving and not owed(self)

    def step_of(self, place: int) -> int:
        """The step of the ladder's number at `place`."""
        return self.steps[place] if self.steps else place


# What can happen to a transfer.


@dataclass(frozen=True, slots=True)
class NurseNeeded:
    """The session asked for a nurse, or a caller whose nurse has left is still there."""


@dataclass(frozen=True, slots=True)
class NurseVolunteered:
    """A nurse takes this call from the console: her own phone rings too, now."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NurseDialed:
    """The carrier took the order to ring; the leg has a CallSid."""

    attempt: int
    nurse_call_id: str


@dataclass(frozen=True, slots=True)
class RingLost:
    """Nothing at all was heard of an order to ring: who gave it has died, or the carrier lost it."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseAnswered:
    """Somebody, or a machine, picked up: the whisper begins."""

    attempt: int


@dataclass(frozen=True, slots=True)
class MachineAnswered:
    """The carrier takes what answered for a machine; it is right nine times in ten."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseAccepted:
    """The nurse pressed 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseUnreached:
    """This leg has ended: `refused`, `no_answer`, `busy`, `failed`, `hung_up`, `carrier_error`."""

    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class NursePassedOver:
    """We give up on this leg, and it has yet to be ended: `overdue`."""

    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class NurseJoined:
    """The nurse's leg is in the conference."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseAlone:
    """The nurse asks what to hear while nobody else is in the conference."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseLeft:
    """The nurse's leg is out of the conference, or has ended."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NurseReleased:
    """A leg that was to be ended has been."""

    attempt: int


@dataclass(frozen=True, slots=True)
class CallerJoined:
    """The caller's leg is in the conference."""


@dataclass(frozen=True, slots=True)
class CallerAway:
    """The caller is out of the conference: to press a key, or as the first of the two to leave it."""


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's leg ended."""


@dataclass(frozen=True, slots=True)
class CallbackWanted:
    """The caller would rather be called back than wait."""


@dataclass(frozen=True, slots=True)
class CaseWorsened:
    """The caller has said in the wait what makes the case more urgent."""

    care_level: CareLevel


@dataclass(frozen=True, slots=True)
class CallbackOpened:
    """The call-back that was owed is on the list."""


AboutNurse = (
    NurseDialed
    | RingLost
    | NurseAnswered
    | MachineAnswered
    | NurseAccepted
    | NurseUnreached
    | NursePassedOver
    | NurseJoined
    | NurseAlone
    | NurseLeft
    | NurseReleased
)
"""What happens to one nurse's leg."""

TransferEvent = (
    NurseNeeded
    | NurseVolunteered
    | AboutNurse
    | CallerJoined
    | CallerAway
    | CallerLeft
    | CallbackWanted
    | CaseWorsened
    | CallbackOpened
)


# What to do about it.


@dataclass(frozen=True, slots=True)
class RingNurse:
    """Call this nurse."""

    attempt: int
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StopRinging:
    """End a nurse's leg that nobody has answered."""

    attempt: int
    nurse_call_id: str


@dataclass(frozen=True, slots=True)
class DismissNurse:
    """End a nurse's leg with a sentence: somebody else was first, or the caller is gone."""

    attempt: int
    nurse_call_id: str


@dataclass(frozen=True, slots=True)
class AskIfHuman:
    """Go over, on this leg, to words that a machine may hear."""

    attempt: int
    nurse_call_id: str


@dataclass(frozen=True, slots=True)
class ComfortCaller:
    """Take the caller out of the conference to what is said when nobody accepted."""


@dataclass(frozen=True, slots=True)
class OpenCallback:
    """Somebody owes this caller a call."""

    why: str


TransferCommand = RingNurse | StopRinging | DismissNurse | AskIfHuman | ComfortCaller | OpenCallback


def owed(transfer: Transfer) -> list[TransferCommand]:
    """What has been decided and is not known to be done."""
    commands: list[TransferCommand] = []
    for attempt, leg in enumerate(transfer.legs):
        if leg.status is LegStatus.RINGING and not leg.call_id:
            commands.append(RingNurse(attempt, leg.number))
        elif leg.release is Release.STOP and leg.call_id:
            commands.append(StopRinging(attempt, leg.call_id))
        elif leg.release is Release.DISMISS and leg.call_id:
            commands.append(DismissNurse(attempt, leg.call_id))
    if transfer.callback:
        commands.append(OpenCallback(transfer.callback))
    return commands
