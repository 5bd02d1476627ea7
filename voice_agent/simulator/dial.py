"""`<Dial><Number>`: ring a telephone and bridge it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from voice_agent.simulator import sound
from voice_agent.simulator.conference import Participant, Room, talk
from voice_agent.simulator.documents import Verb
from voice_agent.simulator.leg import HungUpError, Leg, Source, StatusCallback
from voice_agent.simulator.phone import Where

RING_S = 30


def dial(leg: Leg, verb: Verb, number: Verb, base: str, play: Callable[[Leg, Source], None]) -> dict[str, str]:
    """Ring, bridge, wait for the end; what the `<Dial>`'s action is told. Raises what interrupts the call."""
    room = Room(f"dial-{leg.sid}")
    whisper = number.attributes.get("url", "")

    def answered(callee: Leg) -> None:
        if whisper:
            play(callee, Source(urljoin(base, whisper), number.attributes.get("method", "POST")))
        room.enter(Participant(callee, ends_on_exit=True))
        try:
            talk(callee, room)
        finally:
            room.leave(callee)

    callee = leg.twin.place(
        number.text,
        caller=verb.attributes.get("callerId", leg.caller),
        direction="outbound-dial",
        callback=_callback(number, base),
        parent=leg.sid,
        ring_s=verb.whole("timeout", RING_S, least=1),
        program=answered,
    )
    leg.linked.add(callee.sid)
    room.enter(Participant(leg, ends_on_exit=True))
    try:
        _ring(leg, callee, room)
        if room.started:
            talk(leg, room)
            # The callee's own end gives the status and duration.
            callee.order(HungUpError("agent"))
            callee.join(1.0)
    finally:
        leg.phone.where = Where.NOTHING
        room.leave(leg)
        room.close()
        if not callee.over.is_set():
            callee.order(HungUpError("agent"))
    return {
        "DialCallStatus": callee.status,
        "DialCallSid": callee.sid,
        "DialCallDuration": str(callee.seconds),
    }


def _ring(leg: Leg, callee: Leg, room: Room) -> None:
    """The caller hears it ring until the two are together or the other's call has ended."""
    leg.phone.where = Where.HOLD
    while True:
        for frame in sound.frames(sound.RINGBACK):
            if room.started or callee.over.is_set():
                return
            leg.tick(frame, transcribe=False)


def _callback(number: Verb, base: str) -> StatusCallback | None:
    if "statusCallback" not in number.attributes:
        return None
    events = frozenset(number.attributes.get("statusCallbackEvent", "completed").split())
    method = number.attributes.get("statusCallbackMethod", "POST")
    return StatusCallback(urljoin(base, number.attributes["statusCallback"]), method, events)
