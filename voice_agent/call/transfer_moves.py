"""How a warm transfer moves on.

    requested ─ ring ─> ringing ─ answered ─> briefing ─ 1 ─> accepted ─ both in the conference ─> bridged ─> done
                           ^  │ no answer, busy, failed   │ 2, hung up, a machine                     │ nurse left
                           └──┴──── next on the ladder ───┘ <──────────── holding <───────────────────┘
      ladder exhausted ─> unanswered      caller hangs up ─> caller_gone      caller wishes it ─> callback_chosen

`advance` is pure: the transfer and an event in, the next transfer and what is newly to be done out. Events that come
late, twice or out of order change nothing: each names the attempt that it is about, and a leg only moves forward.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from voice_agent.call.transfer import (
    FINISHED,
    TAKEN,
    WAITING,
    AboutNurse,
    AskIfHuman,
    CallbackOpened,
    CallbackWanted,
    CallerAway,
    CallerJoined,
    CallerLeft,
    CaseWorsened,
    ComfortCaller,
    LegStatus,
    MachineAnswered,
    NurseAccepted,
    NurseAlone,
    NurseAnswered,
    NurseDialed,
    NurseJoined,
    NurseLeft,
    NurseLeg,
    NurseNeeded,
    NursePassedOver,
    NurseReleased,
    NurseUnreached,
    NurseVolunteered,
    Release,
    RingLost,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
    owed,
)

SHORT_TALK_S: Final = 30
"""A nurse who leaves sooner was cut off; later, the two may simply have finished."""
SURELY_ALONE_S: Final = 10
"""A nurse who asks from an empty conference so long after she came in is not with the caller."""
MOST_DROPS: Final = 3
"""So often a lost nurse is replaced; then the call-back must do."""
MOST_LEGS: Final = 40
"""So many telephones are rung for one caller at most."""
_TRYING: Final = frozenset({LegStatus.RINGING, LegStatus.BRIEFING})
_ANSWERED: Final = frozenset({LegStatus.BRIEFING, LegStatus.DOUBTED})
_HAS_CALLER: Final = frozenset({LegStatus.ACCEPTED, LegStatus.JOINED})
_GONE_BEFORE: Final = "the caller hung up before a nurse was joined"
_AT_END: Final = {
    TransferStatus.UNANSWERED: "nobody accepted",
    TransferStatus.CALLBACK_CHOSEN: "asked to be called back",
}


def advance(transfer: Transfer, event: TransferEvent, at: str = "") -> tuple[Transfer, list[TransferCommand]]:
    """The next transfer and what to do; (the same transfer, []) for an event that changes nothing.

    `at`: wall clock, ISO 8601; kept beside what changed.
    """
    after = _moved(transfer, event, at)
    if after == transfer:
        return transfer, []
    since = transfer.since if after.status is transfer.status else at
    after = replace(after, version=transfer.version + 1, since=since, attempt=_who_counts(after))
    before = owed(transfer)
    commands = [command for command in owed(after) if command not in before]
    if isinstance(event, MachineAnswered) and after.legs[event.attempt].call_id:
        commands.insert(0, AskIfHuman(event.attempt, after.legs[event.attempt].call_id))
    if after.status is TransferStatus.UNANSWERED is not transfer.status:
        commands.append(ComfortCaller())
    return after, commands


def _moved(transfer: Transfer, event: TransferEvent, at: str) -> Transfer:
    match event:
        case CallbackOpened():
            return replace(transfer, callback="")
        case CaseWorsened(care_level=level):
            worse = transfer.status in WAITING and level.rank < transfer.care_level.rank
            return replace(transfer, care_level=level) if worse else transfer
        case NurseNeeded() | NurseVolunteered() | CallerJoined() | CallerAway() | CallerLeft() | CallbackWanted():
            return transfer if transfer.status in FINISHED else _about_caller(transfer, event, at)
        case _:
            return _about_nurse(transfer, event, at) if 0 <= event.attempt < len(transfer.legs) else transfer


# The caller.


def _about_caller(
    transfer: Transfer,
    event: NurseNeeded | NurseVolunteered | CallerJoined | CallerAway | CallerLeft | CallbackWanted,
    at: str,
) -> Transfer:
    match event:
        case NurseNeeded():
            # Holding, or a transfer of an older release whose legs are not known: nobody is being rung.
            idle = not any(leg.status in _TRYING | _HAS_CALLER for leg in transfer.legs)
            return _ring_next(transfer, at) if idle else transfer
        case NurseVolunteered(number=number):
            rings = any(leg.number == number and leg.status in _TRYING for leg in transfer.legs)
            late = transfer.status in TAKEN or transfer.status is TransferStatus.BRIEFING
            return transfer if rings or late else _ring(transfer, (number,), at)
        case CallerJoined():
            return _standing(replace(transfer, caller_in=True))
        case CallerAway():
            return replace(transfer, caller_in=False)
        case CallerLeft():
            return _caller_left(transfer, at)
        case CallbackWanted():
            return transfer if transfer.status in TAKEN else _ended(transfer, TransferStatus.CALLBACK_CHOSEN, at)
        case _:
            assert_never(event)


def _caller_left(transfer: Transfer, at: str) -> Transfer:
    left = replace(transfer, history=(*transfer.history, f"{transfer.attempt}:caller_left"), caller_in=False)
    if transfer.status in {TransferStatus.BRIDGED, TransferStatus.HOLDING}:
        # They have talked, and it is over: the nurse's leg ends with the conference.
        return _closed(replace(left, status=TransferStatus.DONE), Release.LEAVES, at)
    why = "the line to the nurse was lost" if transfer.talked else _GONE_BEFORE
    return _closed(replace(left, status=TransferStatus.CALLER_GONE, callback=why), None, at)


def _ended(transfer: Transfer, status: TransferStatus, at: str) -> Transfer:
    """Nobody is rung any more, and a call is owed."""
    return _closed(replace(transfer, status=status, callback=_AT_END[status]), None, at)


def _closed(transfer: Transfer, release: Release | None, at: str) -> Transfer:
    """All legs are over; `release` None: each is ended in the way that suits it."""
    legs = tuple(leg if leg.status is LegStatus.OVER else _let_go(leg, release, at) for leg in transfer.legs)
    return replace(transfer, legs=legs)


def _let_go(leg: NurseLeg, release: Release | None, at: str) -> NurseLeg:
    fitting = Release.STOP if leg.status is LegStatus.RINGING else Release.DISMISS
    return replace(leg, status=LegStatus.OVER, since=at, release=fitting if release is None else release)


# One nurse.


def _about_nurse(transfer: Transfer, event: AboutNurse, at: str) -> Transfer:
    attempt, leg = event.attempt, transfer.legs[event.attempt]
    over = leg.status is LegStatus.OVER
    match event:
        case NurseDialed(nurse_call_id=call_id):
            return transfer if leg.call_id or not call_id else _with_leg(transfer, attempt, _dialed(leg, call_id))
        case NurseReleased():
            ended = over and leg.release in {Release.STOP, Release.DISMISS}
            return _with_leg(transfer, attempt, replace(leg, release=Release.ENDED)) if ended else transfer
        case NurseJoined():
            return _joined(transfer, attempt, at)
        case NurseAlone():
            return _alone(_joined(transfer, attempt, at), attempt, at)
        case NurseUnreached() | NurseLeft() if over:
            return _with_leg(transfer, attempt, replace(leg, release=Release.ENDED))
        case NursePassedOver() if leg.release is Release.LEAVES:
            # The caller had gone before she came: she is alone in a conference of her own.
            alone = replace(leg, release=Release.DISMISS)
            return _with_leg(replace(transfer, callback=_GONE_BEFORE), attempt, alone)
        case NurseUnreached(why="carrier_error") if leg.call_id:
            return transfer  # only the answer to the order was lost: the leg has told of itself
        case _ if over:
            return transfer
        case RingLost():
            return transfer if leg.call_id else _lost(transfer, attempt, at)
        case NurseAnswered():
            if leg.status is not LegStatus.RINGING:
                return transfer
            return _standing(_noted(_with(transfer, attempt, LegStatus.BRIEFING, at), attempt, "answered"))
        case MachineAnswered():
            if leg.status not in _TRYING:
                return transfer
            return _go_on(_noted(_with(transfer, attempt, LegStatus.DOUBTED, at), attempt, "voicemail"), at)
        case NurseAccepted():
            return transfer if leg.status in _HAS_CALLER else _standing(_accepted(transfer, attempt, at))
        case NurseUnreached(why=why) if leg.status is not LegStatus.JOINED:
            return _without(transfer, attempt, why, Release.ENDED, at)
        case NursePassedOver(why=why):
            return _without(transfer, attempt, why, None, at)
        case NurseLeft() | NurseUnreached():
            return _nurse_left(transfer, attempt, at)
        case _:
            assert_never(event)


def _dialed(leg: NurseLeg, call_id: str) -> NurseLeg:
    """A leg that is over already rings for nobody: it is stopped as soon as it is known."""
    unwanted = leg.status is LegStatus.OVER and leg.release not in {Release.DISMISS, Release.ENDED}
    return replace(leg, call_id=call_id, release=Release.STOP if unwanted else leg.release)


def _lost(transfer: Transfer, attempt: int, at: str) -> Transfer:
    """The same number once more, as a leg of its own: should the lost one ring after all, it is stopped."""
    leg = transfer.legs[attempt]
    again = not any(other.number == leg.number and not other.call_id for other in transfer.legs[:attempt])
    without = _noted(_with_leg(transfer, attempt, replace(leg, status=LegStatus.OVER, since=at)), attempt, "order_lost")
    return _standing(_ring(without, (leg.number,), at)) if again else _go_on(without, at)


def _accepted(transfer: Transfer, attempt: int, at: str) -> Transfer:
    """The first to press 1 has the case; all others are let go."""
    if any(leg.status in _HAS_CALLER for leg in transfer.legs):
        return transfer
    legs = tuple(
        replace(leg, status=LegStatus.ACCEPTED, since=at)
        if place == attempt
        else (leg if leg.status is LegStatus.OVER else _let_go(leg, None, at))
        for place, leg in enumerate(transfer.legs)
    )
    return _noted(replace(transfer, legs=legs), attempt, "accepted")


def _joined(transfer: Transfer, attempt: int, at: str) -> Transfer:
    """Only who pressed 1 is sent to the conference, so this counts as accepting when that was not kept."""
    leg = transfer.legs[attempt]
    if leg.status is LegStatus.OVER:
        # Somebody else has the case, or nobody needs it any more.
        known = leg.release in {Release.LEAVES, Release.ENDED}
        return transfer if known else _with_leg(transfer, attempt, replace(leg, release=Release.DISMISS))
    if leg.status is LegStatus.JOINED:
        return transfer
    ours = transfer if leg.status is LegStatus.ACCEPTED else _accepted(transfer, attempt, at)
    if ours.legs[attempt].status is not LegStatus.ACCEPTED:
        return transfer
    return _standing(_with(ours, attempt, LegStatus.JOINED, at))


def _alone(transfer: Transfer, attempt: int, at: str) -> Transfer:
    """The caller is not with her, whatever is thought: taken to the nurse line while the store was down, say."""
    leg = transfer.legs[attempt]
    apart = transfer.status is TransferStatus.BRIDGED and leg.status is LegStatus.JOINED
    # What she asked just before the caller came may arrive just after.
    if not apart or _seconds(leg.since, at) < SURELY_ALONE_S:
        return transfer
    return replace(transfer, caller_in=False, status=TransferStatus.ACCEPTED)


def _nurse_left(transfer: Transfer, attempt: int, at: str) -> Transfer:
    if transfer.status is not TransferStatus.BRIDGED or transfer.legs[attempt].status is not LegStatus.JOINED:
        return _without(transfer, attempt, "hung_up", Release.ENDED, at)
    # Whoever leaves ends the conference for both: who was out of it first has left.
    lost = transfer.caller_in and _seconds(transfer.since, at) < SHORT_TALK_S
    gone = replace(transfer.legs[attempt], status=LegStatus.OVER, since=at, release=Release.ENDED)
    alone = replace(_with_leg(transfer, attempt, gone), caller_in=False, drops=transfer.drops + 1)
    # Whoever has had a turn comes again, after those who have not.
    alone = replace(
        alone,
        ladder=(*alone.ladder[alone.rung :], *alone.ladder[: alone.rung]),
        steps=(*alone.steps[alone.rung :], *alone.steps[: alone.rung]),
        rung=0,
    )
    if lost:
        return _ring_next(_noted(alone, attempt, "dropped"), at)
    return replace(_noted(alone, attempt, "nurse_left"), status=TransferStatus.HOLDING)


def _without(transfer: Transfer, attempt: int, why: str, release: Release | None, at: str) -> Transfer:
    """This nurse does not come."""
    gone = _let_go(transfer.legs[attempt], release, at)
    if why == "carrier_error":
        gone = replace(gone, release=Release.NONE)  # should it ring all the same, it is stopped
    return _go_on(_noted(_with_leg(transfer, attempt, gone), attempt, why), at)


# The ladder.


def _go_on(transfer: Transfer, at: str) -> Transfer:
    """A nurse is out of it: wait for the others, or ring the next ones."""
    if transfer.status in FINISHED or any(leg.status in _TRYING | _HAS_CALLER for leg in transfer.legs):
        return _standing(transfer)
    return _ring_next(transfer, at)


def _ring_next(transfer: Transfer, at: str) -> Transfer:
    """The next step of the ladder, all its numbers together."""
    place = transfer.rung
    if place >= len(transfer.ladder) or transfer.drops > MOST_DROPS:
        return _ended(_noted(transfer, transfer.attempt, "ladder_exhausted"), TransferStatus.UNANSWERED, at)
    end = place + 1
    while end < len(transfer.ladder) and transfer.step_of(end) == transfer.step_of(place):
        end += 1
    return _standing(_ring(replace(transfer, rung=end), transfer.ladder[place:end], at))


def _ring(transfer: Transfer, numbers: Iterable[str], at: str) -> Transfer:
    room = MOST_LEGS - len(transfer.legs)
    legs = tuple(NurseLeg(number, since=at) for number in numbers)[: max(0, room)]
    if not legs:
        return transfer if room else _ended(transfer, TransferStatus.UNANSWERED, at)
    return _standing(replace(transfer, legs=(*transfer.legs, *legs)))


def _standing(transfer: Transfer) -> Transfer:
    """The status that follows from the legs."""
    if transfer.status in FINISHED:
        return transfer
    held = {leg.status for leg in transfer.legs}
    if LegStatus.JOINED in held and transfer.caller_in:
        if transfer.status is TransferStatus.BRIDGED:
            return transfer
        together = _noted(transfer, [leg.status for leg in transfer.legs].index(LegStatus.JOINED), "bridged")
        return replace(together, status=TransferStatus.BRIDGED, talked=True)
    for leg, status in (
        (LegStatus.JOINED, TransferStatus.ACCEPTED),
        (LegStatus.ACCEPTED, TransferStatus.ACCEPTED),
        (LegStatus.BRIEFING, TransferStatus.BRIEFING),
        (LegStatus.RINGING, TransferStatus.RINGING),
    ):
        if leg in held:
            return replace(transfer, status=status)
    return transfer


def _who_counts(transfer: Transfer) -> int:
    for kinds in (_HAS_CALLER, _ANSWERED - {LegStatus.DOUBTED}, frozenset({LegStatus.RINGING})):
        found = [attempt for attempt, leg in enumerate(transfer.legs) if leg.status in kinds]
        if found:
            return found[-1]
    return transfer.attempt


def _noted(transfer: Transfer, attempt: int, what: str) -> Transfer:
    return replace(transfer, history=(*transfer.history, f"{attempt}:{what}"))


def _with(transfer: Transfer, attempt: int, status: LegStatus, at: str) -> Transfer:
    return _with_leg(transfer, attempt, replace(transfer.legs[attempt], status=status, since=at))


def _with_leg(transfer: Transfer, attempt: int, leg: NurseLeg) -> Transfer:
    return replace(transfer, legs=(*transfer.legs[:attempt], leg, *transfer.legs[attempt + 1 :]))


def _seconds(before: str, after: str) -> float:
    """Between two wall-clock times; 0 when one is not known, so that a doubtful end counts as a drop."""
    if not before or not after:
        return 0.0
    return (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()
