"""Conferences: who hears whom.

A room exists while somebody is in it. It starts when two are in it and one of them may start it; until then each
hears what `waitUrl` says. The first one's status callback is the room's, as at Twilio.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from voice_agent.audio.frames import FRAME_MS
from voice_agent.simulator import sound
from voice_agent.simulator.documents import TwimlError, Verb
from voice_agent.simulator.leg import Leg, Source, new_sid
from voice_agent.simulator.phone import Where
from voice_agent.simulator.timeline import What

if TYPE_CHECKING:
    pass

DEEPEST: Final = 5
"""Frames that wait for a participant from each other one: 100 ms."""
BETWEEN_ROUNDS_MS: Final = 1000
EVENTS: Final = {
    "start": "conference-start",
    "end": "conference-end",
    "join": "participant-join",
    "leave": "participant-leave",
}


class _RoomChangedError(Exception):
    """The conference started or ended while somebody was waiting."""


class _StarPressedError(Exception):
    """Somebody left with the star key, and goes on with the next document."""


@dataclass(slots=True)
class Participant:
    """Somebody in a room."""

    leg: Leg
    may_start: bool = True
    ends_on_exit: bool = False
    muted: bool = False
    label: str = ""
    inbox: dict[str, deque[bytes]] = field(default_factory=dict)
    """Frames that the others said, by CallSid."""


class Room:
    """One conference, or the private line of a `<Dial><Number>`. Safe from any thread."""

    def __init__(self, name: str, callback: tuple[str, str, frozenset[str]] | None = None) -> None:
        """`callback`: address, method and the events wanted."""
        self.name = name
        self.sid = new_sid("CF")
        self.started = False
        self.over = False
        self._lock = threading.Lock()
        self._callback = callback
        self._sequence = 0
        self._people: dict[str, Participant] = {}

    def enter(self, person: Participant, *, beep: bool = False) -> None:
        with self._lock:
            self._people[person.leg.sid] = person
            others = [other for other in self._people.values() if other is not person]
            starts = not self.started and bool(others) and any(p.may_start for p in self._people.values())
            self.started = self.started or starts
        for other in others:
            other.leg.linked.add(person.leg.sid)
            person.leg.linked.add(other.leg.sid)
        self._tell("join", person)
        if starts:
            self._tell("start", person)
        if beep:
            self._sound("beep", sound.BEEP, others)

    def leave(self, leg: Leg) -> None:
        with self._lock:
            person = self._people.pop(leg.sid, None)
            if person is None:
                return
            empty = not self._people
            self.over = self.over or empty or person.ends_on_exit
        self._tell("leave", person)
        if empty:
            self._tell("end", person)

    def close(self) -> None:
        """Everybody out."""
        self.over = True

    def say(self, leg: Leg, frame: bytes) -> None:
        """Somebody's 20 ms, for all others."""
        with self._lock:
            me = self._people.get(leg.sid)
            if not self.started or me is None or me.muted:
                return
            for other in self._people.values():
                if other is not me:
                    other.inbox.setdefault(leg.sid, deque(maxlen=DEEPEST)).append(frame)

    def hear(self, leg: Leg) -> bytes:
        """The next 20 ms of all others together."""
        with self._lock:
            me = self._people.get(leg.sid)
            return sound.mixed([queue.popleft() for queue in me.inbox.values() if queue]) if me else sound.SILENCE

    def names(self, leg: Leg) -> str:
        """Who else is here."""
        with self._lock:
            return ", ".join(person.leg.name for person in self._people.values() if person.leg is not leg)

    def _sound(self, source: str, heard: bytes, people: list[Participant]) -> None:
        with self._lock:
            for person in people:
                person.inbox[source] = deque(sound.frames(heard))

    def _tell(self, event: str, person: Participant) -> None:
        if self._callback is None or event not in self._callback[2]:
            return
        url, method, _ = self._callback
        leg = person.leg
        with self._lock:
            sequence, self._sequence = self._sequence + 1, self._sequence + 1
        params = {
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "AccountSid": leg.twin.settings.account_sid,
            "SequenceNumber": str(sequence),
            "Timestamp": formatdate(),
            "StatusCallbackEvent": EVENTS[event],
        }
        if event in {"join", "leave"}:
            params |= {
                "CallSid": leg.sid,
                "Muted": str(person.muted).lower(),
                "Hold": "false",
                "Coaching": "false",
                "StartConferenceOnEnter": str(person.may_start).lower(),
                "EndConferenceOnExit": str(person.ends_on_exit).lower(),
            }
            params |= {"ParticipantLabel": person.label} if person.label else {}
        if event == "end":
            by_exit = person.ends_on_exit
            why = "participant-with-end-conference-on-exit-left" if by_exit else "last-participant-left"
            params |= {"CallSidEndingConference": leg.sid, "ReasonConferenceEnded": why}
        leg.twin.call_back(leg, url, params, method, EVENTS[event], key=self.sid)


class Rooms:
    """The conferences of a twin, by name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rooms: dict[str, Room] = {}

    def enter(
        self, name: str, person: Participant, callback: tuple[str, str, frozenset[str]] | None, *, beep: bool
    ) -> Room:
        with self._lock:
            room = self._rooms.get(name)
            if room is None or room.over:
                room = self._rooms[name] = Room(name, callback)
        room.enter(person, beep=beep)
        return room


Wait = Callable[[Leg, Source], None]
"""Plays one round of a wait document on a call."""


def dial(leg: Leg, noun: Verb, base: str, wait: Wait, *, leaves_on_star: bool = False) -> dict[str, str]:
    """Stay in a conference until it ends; what the `<Dial>`'s action is told. Raises what interrupts the call."""

    def hear_star() -> None:
        if leaves_on_star and "*" in leg.phone.pressed():
            raise _StarPressedError

    person = Participant(
        leg,
        may_start=noun.flag("startConferenceOnEnter", default=True),
        ends_on_exit=noun.flag("endConferenceOnExit", default=False),
        muted=noun.flag("muted", default=False),
        label=noun.attributes.get("participantLabel", ""),
    )
    beep = noun.attributes.get("beep", "true") in {"true", "onEnter"}
    room = leg.twin.rooms.enter(noun.text, person, _callback(noun, base), beep=beep)
    leg.notes.note(What.JOINED, room.name)
    leg.phone.pressed()
    try:
        with leg.watching(hear_star):
            if not room.started:
                _hold(leg, room, noun, base, wait)
            talk(leg, room)
    except _StarPressedError:
        pass
    finally:
        leg.phone.where = Where.NOTHING
        room.leave(leg)
        leg.notes.note(What.LEFT, room.name)
    return {"DialCallStatus": "answered"}


def talk(leg: Leg, room: Room) -> None:
    """Hear the others and be heard until the room ends."""
    if room.over:
        return
    leg.phone.where = Where.PERSON
    leg.notes.note(What.BRIDGED, room.names(leg))
    while not room.over:
        room.say(leg, leg.tick(room.hear(leg)))


def _hold(leg: Leg, room: Room, noun: Verb, base: str, wait: Wait) -> None:
    """Until the conference starts or ends."""

    def look() -> None:
        if room.started or room.over:
            raise _RoomChangedError

    leg.phone.where = Where.HOLD
    leg.notes.note(What.ON_HOLD)
    url = noun.attributes.get("waitUrl")
    about = {"ConferenceSid": room.sid, "FriendlyName": room.name}
    try:
        with leg.watching(look):
            while url:
                began = leg.notes.now_ms()
                wait(leg, Source(urljoin(base, url), noun.attributes.get("waitMethod", "POST"), about))
                for _ in range(max(0, BETWEEN_ROUNDS_MS - (leg.notes.now_ms() - began)) // FRAME_MS):
                    leg.tick()
            _music(leg, silent=url == "")
    except TwimlError as error:
        leg.notes.note(What.ERROR, str(error))
        try:
            with leg.watching(look):
                _music(leg, silent=True)
        except _RoomChangedError:
            return
    except _RoomChangedError:
        return


def _music(leg: Leg, *, silent: bool) -> None:
    heard = [sound.SILENCE] if silent else sound.frames(sound.MUSIC)
    while True:
        for frame in heard:
            leg.tick(frame, transcribe=False)


def _callback(noun: Verb, base: str) -> tuple[str, str, frozenset[str]] | None:
    if "statusCallback" not in noun.attributes:
        return None
    events = frozenset(noun.attributes.get("statusCallbackEvent", "").split())
    method = noun.attributes.get("statusCallbackMethod", "POST")
    return urljoin(base, noun.attributes["statusCallback"]), method, events
