"""`<Connect><Stream>`: Twilio's end of the media socket.

20 ms of the caller go out on each tick, what the server sent is played meanwhile. One thread reads the socket; the
call's own thread does everything else. When the server closes the socket, the call goes on with its next verb.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

import websocket

from voice_agent.audio.frames import FRAME_MS
from voice_agent.errors import MediaStreamError
from voice_agent.simulator.documents import TwimlError, Verb
from voice_agent.simulator.leg import Leg, SentElsewhereError, Source, new_sid
from voice_agent.simulator.line import Line
from voice_agent.simulator.phone import Where
from voice_agent.simulator.playback import Playback
from voice_agent.simulator.timeline import What
from voice_agent.telephony import media_stream
from voice_agent.telephony.media_stream import OutClear, OutMark, OutMedia

CONNECT_S: Final = 5.0
SEND_S: Final = 5.0
CLOSE_S: Final = 1.0
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def connect(leg: Leg, verb: Verb, base: str) -> None:
    """Stream until the server closes. Raises what interrupts the call, and TwimlError."""
    if len(verb.inside) != 1:
        raise TwimlError(12200, "<Connect> holds exactly one <Stream>")
    noun = verb.inside[0]
    stream = Stream(leg, noun, base)
    leg.phone.where = Where.AGENT
    try:
        if stream.open():
            stream.run()
    finally:
        leg.phone.where = Where.NOTHING
        stream.close()
    if action := verb.attributes.get("action"):
        raise SentElsewhereError(Source(urljoin(base, action), verb.attributes.get("method", "POST")))


class Stream:
    """One media stream."""

    def __init__(self, leg: Leg, noun: Verb, base: str) -> None:
        self.sid = new_sid("MZ")
        self._leg, self._noun, self._base = leg, noun, base
        self._url = noun.attributes.get("url", "")
        self._socket: websocket.WebSocket | None = None
        self._arrived: queue.SimpleQueue[str | bytes | None] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None
        self._playback = Playback()
        self._line = Line(leg.quality)
        self._sequence = 0
        self._chunk = 0
        self._stopped = False

    def open(self) -> bool:
        """Connect and say `connected` and `start`; False, and an error step, when that fails."""
        fault = self._fault()
        if fault:
            self._error(fault)
            return False
        try:
            self._socket = self._connection()
        except (OSError, websocket.WebSocketException) as error:
            status = getattr(error, "status_code", None)
            self._error(f"31920: the upgrade of the media socket failed: {status or type(error).__name__}")
            return False
        if self._leg.quality.opens_socket_twice:
            self._knock_again()
        self._reader = threading.Thread(target=self._read, name=f"reader-{self.sid[:8]}", daemon=True)
        self._reader.start()
        self._leg.catch_up()
        parameters = {part.attributes.get("name", ""): part.attributes.get("value", "") for part in self._noun.inside}
        account = self._leg.twin.settings.account_sid
        self._send(media_stream.connected_message())
        self._sequence = 1
        self._send(media_stream.start_message(self.sid, self._leg.sid, account_id=account, parameters=parameters))
        self._leg.notes.note(What.STREAM, "opened")
        self._tell("stream-started")
        return True

    def run(self) -> None:
        """Both directions, in real time, until the server closes or the line breaks."""
        at_ms = 0
        while self._take_arrived():
            for name in self._playback.reached():
                self._send_mark(name)
            spoken = self._leg.tick(self._playback.next_frame())
            for digit in self._leg.phone.pressed():
                self._send(media_stream.dtmf_message(self.sid, digit, sequence=self._next()))
            for when, frame in self._line.carry(at_ms, spoken):
                self._chunk += 1
                message = media_stream.media_message(
                    self.sid, frame, at_ms=when, chunk=self._chunk, sequence=self._next()
                )
                self._send(message)
            at_ms += FRAME_MS
            if self._line.breaks(at_ms):
                self._break()
                return

    def close(self) -> None:
        """Say `stop`, when the server did not close first, and close."""
        if self._socket is None:
            return
        connection, self._socket = self._socket, None
        if self._line.died:
            self._leg.quality = replace(self._leg.quality, dead_after_s=None)  # once a call
        if not self._stopped:
            self._stopped = True
            account = self._leg.twin.settings.account_sid
            stop = media_stream.stop_message(self.sid, self._leg.sid, account_id=account, sequence=self._next())
            with contextlib.suppress(OSError, websocket.WebSocketException):
                connection.send(stop)
                connection.send_close()
        if self._reader:
            self._reader.join(CLOSE_S)
        cut(connection)
        self._leg.notes.note(What.STREAM, "closed")
        self._tell("stream-stopped")

    def _fault(self) -> str:
        """Why Twilio would not even try, or nothing."""
        parts = urlsplit(self._url)
        if parts.query:
            return "31920: <Stream url> takes no query string; use the path or <Parameter>"
        if parts.scheme == "ws" and parts.hostname in LOOPBACK:
            return ""
        return "" if parts.scheme == "wss" else "31922: <Stream url> must be a wss address"

    def _connection(self) -> websocket.WebSocket:
        webhooks = self._leg.twin.webhooks
        connection = websocket.create_connection(
            webhooks.reachable(self._url),
            header={"X-Twilio-Signature": webhooks.signature(self._url), "User-Agent": "TwilioMediaStreams/1.0"},
            timeout=CONNECT_S,
            enable_multithread=True,
        )
        connection.settimeout(SEND_S)
        return connection

    def _knock_again(self) -> None:
        try:
            self._connection().close(timeout=1)
        except (OSError, websocket.WebSocketException) as error:
            status = getattr(error, "status_code", None)
            self._leg.notes.note(What.STREAM, f"a second connection was refused: {status or type(error).__name__}")
        else:
            self._error("a second connection with the same token was accepted")

    def _read(self) -> None:
        connection = self._socket
        while connection is not None:
            try:
                message = connection.recv()
            except websocket.WebSocketTimeoutException:
                continue
            except (OSError, websocket.WebSocketException):
                break
            if message == "" and not connection.connected:
                break
            self._arrived.put(message)
        self._arrived.put(None)

    def _take_arrived(self) -> bool:
        """Everything that the server sent by now; False when it has closed."""
        while True:
            try:
                message = self._arrived.get_nowait()
            except queue.Empty:
                return True
            if message is None:
                self._closed_by_server()
                return False
            try:
                self._obey(media_stream.parse_outgoing(message))
            except MediaStreamError as error:
                self._error(str(error))

    def _obey(self, message: media_stream.Outgoing) -> None:
        if message.stream_id != self.sid:
            self._error("31924: a message names another stream")
            return
        match message:
            case OutMedia(mulaw=mulaw):
                if not self._playback.put(mulaw):
                    self._error("31931: over ten minutes of sound are buffered; the rest was thrown away")
            case OutMark(name=name):
                self._playback.mark(name)
            case OutClear():
                for name in self._playback.clear():
                    self._send_mark(name)

    def _closed_by_server(self) -> None:
        self._stopped = True
        unplayed = self._playback.unplayed_ms
        rest = f"; {unplayed} ms of its sound were not played" if unplayed > FRAME_MS else ""
        self._leg.notes.note(What.STREAM, f"the server closed the socket{rest}")

    def _break(self) -> None:
        self._stopped = True
        self._leg.quality = replace(self._leg.quality, drops_socket_after_s=None)  # once a call
        self._leg.notes.note(What.STREAM, "the socket breaks")
        if self._socket is not None:
            cut(self._socket)

    def _send(self, message: str) -> None:
        if self._socket is None:
            raise AssertionError("nothing is sent before the socket is open")
        # A socket that died meanwhile is noticed by the reader, which ends the stream.
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.send(message)

    def _send_mark(self, name: str) -> None:
        self._send(media_stream.mark_message(self.sid, name, sequence=self._next()))

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _error(self, text: str) -> None:
        self._leg.notes.note(What.ERROR, text)
        self._tell("stream-error", text)

    def _tell(self, event: str, error: str = "") -> None:
        url = self._noun.attributes.get("statusCallback")
        if not url:
            return
        params = {
            "AccountSid": self._leg.twin.settings.account_sid,
            "CallSid": self._leg.sid,
            "StreamSid": self.sid,
            "StreamName": self._noun.attributes.get("name", self.sid),
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(),
        }
        if error:
            params["StreamError"] = error
        method = self._noun.attributes.get("statusCallbackMethod", "POST")
        self._leg.twin.call_back(self._leg, urljoin(self._base, url), params, method, event)


def cut(connection: websocket.WebSocket) -> None:
    """End the TCP connection now; only a shutdown wakes the thread that reads it."""
    raw: socket.socket | None = connection.sock
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)
        raw.close()
