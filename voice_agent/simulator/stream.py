"""`<Connect><Stream>` and `<Start><Stream>`: what goes over Twilio's end of the media socket.

`<Connect>`: 20 ms of the caller go out on each tick, what the server sent is played meanwhile; when the server closes
the socket, the call goes on with its next verb. `<Start>`: the caller's side goes out beside whatever else the call
does, and nothing that the server sends is played.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import replace
from urllib.parse import urljoin

from voice_agent.audio.frames import FRAME_MS
from voice_agent.errors import MediaStreamError
from voice_agent.simulator.documents import TwimlError, Verb
from voice_agent.simulator.leg import Leg, SentElsewhereError, Source
from voice_agent.simulator.line import Line
from voice_agent.simulator.media_socket import MediaSocket
from voice_agent.simulator.phone import Where
from voice_agent.simulator.playback import Playback
from voice_agent.simulator.timeline import What
from voice_agent.telephony import media_stream
from voice_agent.telephony.media_stream import OutClear, OutMark, OutMedia


def connect(leg: Leg, verb: Verb, base: str) -> None:
    """Stream until the server closes. Raises what interrupts the call, and TwimlError."""
    stream = Stream(leg, _only_stream(verb), base)
    leg.phone.where = Where.AGENT
    try:
        if stream.open():
            stream.run()
    finally:
        leg.phone.where = Where.NOTHING
        stream.close()
    if action := verb.attributes.get("action"):
        raise SentElsewhereError(Source(urljoin(base, action), verb.attributes.get("method", "POST")))


def start(leg: Leg, verb: Verb, base: str) -> None:
    """Begin to stream, and go on at once. Raises TwimlError."""
    noun = _only_stream(verb)
    if (track := noun.attributes.get("track", "inbound_track")) != "inbound_track":
        raise TwimlError(12200, f"<Stream track={track!r}> is not played by the twin")
    fork = Fork(leg, noun, base)
    leg.forks.append(fork)
    fork.start()


def _only_stream(verb: Verb) -> Verb:
    if len(verb.inside) != 1:
        raise TwimlError(12200, f"<{verb.name}> holds exactly one <Stream>")
    return verb.inside[0]


class Stream:
    """One media stream in both directions."""

    def __init__(self, leg: Leg, noun: Verb, base: str) -> None:
        self._leg = leg
        self._socket = MediaSocket(leg, noun, base)
        self._playback = Playback()
        self._line = Line(leg.quality)

    def open(self) -> bool:
        """Whether the socket is open."""
        if not self._socket.open():
            return False
        self._leg.catch_up()
        self._socket.opened()
        return True

    def run(self) -> None:
        """Both directions, in real time, until the server closes or the line breaks."""
        at_ms = 0
        while self._take_arrived():
            for name in self._playback.reached():
                self._socket.mark(name)
            spoken = self._leg.tick(self._playback.next_frame())
            for digit in self._leg.phone.pressed():
                self._socket.key(digit)
            for when, frame in self._line.carry(at_ms, spoken):
                self._socket.media(when, frame)
            at_ms += FRAME_MS
            if self._line.breaks(at_ms):
                self._break()
                return

    def close(self) -> None:
        """Say `stop`, when the server did not close first, and close."""
        if self._line.died:
            self._leg.quality = replace(self._leg.quality, dead_after_s=None)  # once a call
        self._socket.close()

    def _take_arrived(self) -> bool:
        """Everything that the server sent by now; False when it has closed."""
        while True:
            try:
                message = self._socket.arrived.get_nowait()
            except queue.Empty:
                return True
            if message is None:
                self._closed_by_server()
                return False
            try:
                self._obey(media_stream.parse_outgoing(message))
            except MediaStreamError as error:
                self._socket.error(str(error))

    def _obey(self, message: media_stream.Outgoing) -> None:
        if message.stream_id != self._socket.sid:
            self._socket.error("31924: a message names another stream")
            return
        match message:
            case OutMedia(mulaw=mulaw):
                if not self._playback.put(mulaw):
                    self._socket.error("31931: over ten minutes of sound are buffered; the rest was thrown away")
            case OutMark(name=name):
                self._playback.mark(name)
            case OutClear():
                for name in self._playback.clear():
                    self._socket.mark(name)

    def _closed_by_server(self) -> None:
        self._socket.stopped = True
        unplayed = self._playback.unplayed_ms
        rest = f"; {unplayed} ms of its sound were not played" if unplayed > FRAME_MS else ""
        self._leg.notes.note(What.STREAM, f"the server closed the socket{rest}")

    def _break(self) -> None:
        self._socket.stopped = True
        self._leg.quality = replace(self._leg.quality, drops_socket_after_s=None)  # once a call
        self._leg.notes.note(What.STREAM, "the socket breaks")
        self._socket.cut()


class Fork:
    """One media stream beside the call, in a thread of its own."""

    def __init__(self, leg: Leg, noun: Verb, base: str) -> None:
        self._socket = MediaSocket(leg, noun, base, beside=True)
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name=f"fork-{self._socket.sid[:8]}", daemon=True)

    def start(self) -> None:
        """Open the socket, without making the call wait."""
        self._thread.start()

    def hear(self, frame: bytes) -> None:
        """20 ms of the caller, from the call's thread."""
        if self._thread.is_alive():
            self._frames.put(frame)

    def stop(self) -> None:
        """The call is over."""
        self._frames.put(None)

    def _live(self) -> None:
        if not self._socket.open():
            return
        self._socket.opened()
        at_ms = 0
        while (frame := self._frames.get()) is not None and not self._closed_by_server():
            self._socket.media(at_ms, frame)
            at_ms += FRAME_MS
        self._socket.close()

    def _closed_by_server(self) -> bool:
        """Also when it said something: there is nothing that Twilio takes on such a stream."""
        try:
            message = self._socket.arrived.get_nowait()
        except queue.Empty:
            return False
        if message is not None:
            self._socket.error("31924: a message on a stream that goes one way")
        self._socket.stopped = message is None
        return message is None
