"""A WebSocket client that never waits.

For one thread that holds many sockets: connects, upgrades, sends and receives text without blocking. RFC 6455 as far as
Media Streams need it. Frames are masked with zeros, which is valid masking and costs nothing; there is no proxy on the
loopback that the mask would have to fool.
"""

from __future__ import annotations

import base64
import os
import socket
import struct
from typing import Final
from urllib.parse import urlsplit

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
RECEIVE_BYTES: Final = 65536
ZERO_MASK: Final = b"\0\0\0\0"


class WireClosedError(Exception):
    """The other side has closed, refused or broken the connection; the text says which."""


class Wire:
    """One connection."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        """Begin to connect to `ws://host:port/path`. Raises WireClosedError."""
        parts = urlsplit(url)
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.connect_ex((parts.hostname or "", parts.port or 80))
        self.open = False
        """The server has agreed to the upgrade."""
        self._unsent = bytearray(_upgrade(parts.netloc, parts.path, headers))
        self._early = bytearray()
        """Frames that wait for the upgrade: nothing may be sent before it."""
        self._received = bytearray()
        self._message = bytearray()

    @property
    def wants_to_write(self) -> bool:
        """Something waits until the socket takes it."""
        return bool(self._unsent)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, text: bytes) -> None:
        """One text message. Raises WireClosedError."""
        self._put(TEXT, text)

    def flush(self) -> None:
        """Hand over what waits, as far as the socket takes it. Raises WireClosedError."""
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError as error:
            raise WireClosedError(f"the socket broke: {error.strerror}") from error

    def receive(self) -> list[bytes]:
        """The messages that have come. Raises WireClosedError once there are no more to come."""
        try:
            fresh = self._socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return []
        except OSError as error:
            raise WireClosedError(f"the socket broke: {error.strerror}") from error
        if not fresh:
            raise WireClosedError("closed")
        self._received += fresh
        if not self.open and not self._upgraded():
            return []
        messages: list[bytes] = []
        while (frame := self._next_frame()) is not None:
            kind, payload, final = frame
            if kind == CLOSE:
                if messages:
                    # Those first; the close comes again as the end of the connection.
                    return messages
                raise WireClosedError("closed")
            if kind == PING:
                self._put(PONG, payload)
            elif kind != PONG:
                self._message += payload
                if final:
                    messages.append(bytes(self._message))
                    self._message.clear()
        return messages

    def say_goodbye(self) -> None:
        """The closing handshake, as far as it can be had without waiting."""
        try:
            self._put(CLOSE, struct.pack("!H", 1000))
        except WireClosedError:
            return

    def close(self) -> None:
        """At once."""
        self._socket.close()

    def _put(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        first = 0x80 | kind
        head = struct.pack("!BB", first, 0x80 | size) if size < 126 else struct.pack("!BBH", first, 0xFE, size)
        if not self.open:
            self._early += head + ZERO_MASK + payload
            return
        self._unsent += head + ZERO_MASK + payload
        self.flush()

    def _upgraded(self) -> bool:
        """Whether the server has answered; the answer is taken out."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._received.split(b"\r\n", 1)[0]).decode("latin-1")
        del self._received[: end + 4]
        if " 101 " not in f"{status} ":
            raise WireClosedError(f"31920: the upgrade of the media socket failed: {status}")
        self.open = True
        self._unsent += self._early
        self.flush()
        return True

    def _next_frame(self) -> tuple[int, bytes, bool] | None:
        """Kind, payload and whether it is the last of its message; None until all of it is here."""
        have = self._received
        if len(have) < 2:
            return None
        size, start = have[1] & 0x7F, 2
        if size == 126:
            if len(have) < 4:
                return None
            size, start = struct.unpack_from("!H", have, 2)[0], 4
        elif size == 127:
            if len(have) < 10:
                return None
            size, start = struct.unpack_from("!Q", have, 2)[0], 10
        if len(have) < start + size:
            return None
        kind, final = have[0] & 0x0F, bool(have[0] & 0x80)
        payload = bytes(have[start : start + size])
        del have[: start + size]
        return kind, payload, final


def _upgrade(host: str, path: str, headers: dict[str, str]) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
