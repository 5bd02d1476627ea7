"""Twilio's end of a media socket: the signed upgrade, `connected` and `start`, what goes out and what comes, `stop`.

One thread reads the socket; whoever owns it does everything else.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

import websocket

from voice_agent.simulator.documents import Verb
from voice_agent.simulator.leg import Leg, new_sid
from voice_agent.simulator.timeline import What
from voice_agent.telephony import media_stream

CONNECT_S: Final = 5.0
SEND_S: Final = 5.0
CLOSE_S: Final = 1.0
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class MediaSocket:
    """The socket of one `<Stream>`."""

    def __init__(self, leg: Leg, noun: Verb, base: str, *, beside: bool = False) -> None:
        """`beside`: the call goes on meanwhile."""
        self.sid = new_sid("MZ")
        self.arrived: queue.SimpleQueue[str | bytes | None] = queue.SimpleQueue()
        """What the server sends; None when it has closed."""
        self.stopped = False
        """One side has ended it: no `stop` is said any more."""
        self._leg, self._noun, self._base = leg, noun, base
        self._where = " beside the call" if beside else ""
        self._url = noun.attributes.get("url", "")
        self._socket: websocket.WebSocket | None = None
        self._reader: threading.Thread | None = None
        self._sequence = 0
        self._chunk = 0

    def open(self) -> bool:
        """Connect and say `connected` and `start`; False, and an error step, when that fails."""
        fault = self._fault()
        if fault:
            self.error(fault)
            return False
        try:
            self._socket = self._connection()
        except (OSError, websocket.WebSocketException) as error:
            status = getattr(error, "status_code", None)
            self.error(f"31920: the upgrade of the media socket failed: {status or type(error).__name__}")
            return False
        if self._leg.quality.opens_socket_twice:
            self._knock_again()
        self._reader = threading.Thread(target=self._read, name=f"reader-{self.sid[:8]}", daemon=True)
        self._reader.start()
        parameters = {part.attributes.get("name", ""): part.attributes.get("value", "") for part in self._noun.inside}
        account = self._leg.twin.settings.account_sid
        self._send(media_stream.connected_message())
        self._sequence = 1
        self._send(media_stream.start_message(self.sid, self._leg.sid, account_id=account, parameters=parameters))
        return True

    def opened(self) -> None:
        """Tell that the stream has begun."""
        self._leg.notes.note(What.STREAM, f"opened{self._where}")
        self._tell("stream-started")

    def media(self, at_ms: int, frame: bytes) -> None:
        """A stretch of the caller's line."""
        self._chunk += 1
        self._send(media_stream.media_message(self.sid, frame, at_ms=at_ms, chunk=self._chunk, sequence=self._next()))

    def key(self, digit: str) -> None:
        """A key that was pressed."""
        self._send(media_stream.dtmf_message(self.sid, digit, sequence=self._next()))

    def mark(self, name: str) -> None:
        """A mark comes back."""
        self._send(media_stream.mark_message(self.sid, name, sequence=self._next()))

    def cut(self) -> None:
        """End the TCP connection, as a line that breaks does."""
        if self._socket is not None:
            cut(self._socket)

    def close(self) -> None:
        """Say `stop`, unless one side has ended it, and close."""
        if self._socket is None:
            return
        connection, self._socket = self._socket, None
        if not self.stopped:
            self.stopped = True
            account = self._leg.twin.settings.account_sid
            stop = media_stream.stop_message(self.sid, self._leg.sid, account_id=account, sequence=self._next())
            with contextlib.suppress(OSError, websocket.WebSocketException):
                connection.send(stop)
                connection.send_close()
        if self._reader:
            self._reader.join(CLOSE_S)
        cut(connection)
        self._leg.notes.note(What.STREAM, f"closed{self._where}")
        self._tell("stream-stopped")

    def error(self, text: str) -> None:
        """What Twilio would write into its debugger."""
        self._leg.notes.note(What.ERROR, text)
        self._tell("stream-error", text)

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
            self.error("a second connection with the same token was accepted")

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
            self.arrived.put(message)
        self.arrived.put(None)

    def _send(self, message: str) -> None:
        if self._socket is None:
            raise AssertionError("nothing is sent before the socket is open")
        # A socket that died meanwhile is noticed by the reader, which ends the stream.
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.send(message)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

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
