"""The media socket, read by the call's own thread.

simple-websocket reads in a thread beside, which wakes the call for each message. At fifty messages a second and call
that is two more hand-overs of Python's global lock for each; at twenty calls the lock was mostly on its way from one
thread to another, while a third of the machine stood idle. So its thread never starts, and the call reads for itself.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any, Final

from simple_websocket import ConnectionClosed, Server
from wsproto.utilities import RemoteProtocolError

from voice_agent.call_loop import SocketClosedError

READ_BYTES: Final = 65536
GOODBYE_S: Final = 1.0
"""How long the other side may take to close as well."""


class NeverStarted:
    """Stands where simple-websocket would have its thread; for its option `thread_class`."""

    def __init__(self, target: Callable[[], None]) -> None:
        """`target` would read the socket until it closes."""
        self.name = "(_thread)"

    def start(self) -> None:
        """Nothing: the call reads."""


class CallWebSocket:
    """`call_loop.CallSocket` on a simple-websocket server that was opened with `thread_class=NeverStarted`."""

    def __init__(self, server: Server) -> None:
        self._server: Any = server
        self._readable = select.poll()
        self._readable.register(server.sock, select.POLLIN)

    def receive(self, timeout_s: float) -> str | bytes | None:
        """The next message, or None after `timeout_s`. Raises SocketClosedError."""
        while not self._server.input_buffer:
            if not self._server.connected:
                raise SocketClosedError
            if not self._readable.poll(timeout_s * 1000):
                return None
            self._read()
        message: str | bytes = self._server.input_buffer.pop(0)
        return message

    def send(self, text: str) -> None:
        """Raises SocketClosedError."""
        try:
            self._server.send(text)
        except (ConnectionClosed, OSError) as error:
            raise SocketClosedError from error

    def close(self) -> None:
        """Say goodbye, and wait a moment for the answer.

        Closed with unread sound in it, the kernel would throw away our last words with it.
        """
        until = time.monotonic() + GOODBYE_S
        try:
            self._server.close()
            while (left_s := until - time.monotonic()) > 0 and self._readable.poll(left_s * 1000):
                if not self._server.sock.recv(READ_BYTES):
                    break
        except (ConnectionClosed, OSError):
            pass  # the other side was first
        finally:
            self._server.sock.close()

    def _read(self) -> None:
        try:
            sound = self._server.sock.recv(READ_BYTES)
            if not sound:
                raise ConnectionResetError
            self._server.ws.receive_data(sound)
            self._server.connected = self._server._handle_events()  # what its own thread would do
        except (OSError, RemoteProtocolError):
            self._server.connected = False
