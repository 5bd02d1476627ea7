"""`<Connect><Stream>` of a browser's call: messages passed on between the page and the media socket, unchanged.

The signed upgrade is ours, everything on the socket is the page's: it is Twilio's end of the wire.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Final

import websocket

from voice_agent.simulator.leg import new_sid
from voice_agent.simulator.media_socket import cut
from voice_agent.simulator.webhooks import Webhooks
from voice_agent.telephony import media_stream

CONNECT_S: Final = 5.0
SEND_S: Final = 5.0
CLOSE_S: Final = 1.0


class Relay:
    """One media stream. `forward` is called by the thread that reads the page, the rest by the call's own."""

    def __init__(self, webhooks: Webhooks, url: str, to_page: Callable[[str], None]) -> None:
        """Connect. Raises OSError or websocket.WebSocketException."""
        self.stream_id = new_sid("MZ")
        self.over = threading.Event()
        """The server has closed the socket."""
        self._to_page = to_page
        self._forwarded = 0
        self._stopped = False
        self._socket = websocket.create_connection(
            webhooks.reachable(url),
            header={"X-Twilio-Signature": webhooks.signature(url), "User-Agent": "TwilioMediaStreams/1.0"},
            timeout=CONNECT_S,
            enable_multithread=True,
        )
        self._socket.settimeout(SEND_S)
        self._reader = threading.Thread(target=self._read, name=f"softphone-{self.stream_id[:8]}", daemon=True)

    def start(self) -> None:
        """From now on what the server sends goes to the page, which has been told of the stream."""
        self._reader.start()

    def forward(self, *texts: str) -> None:
        """Messages of the page; a socket that died meanwhile is noticed by the reader."""
        for text in texts:
            self._forwarded += 1
            with contextlib.suppress(OSError, websocket.WebSocketException):
                self._socket.send(text)

    def stop(self, text: str) -> None:
        """The page's last message."""
        self._stopped = True
        self.forward(text)

    def close(self, call_id: str, account_id: str) -> None:
        """Say `stop`, when neither the server has closed nor the page has said so, and close."""
        if not self._stopped and not self.over.is_set():
            sequence = self._forwarded + 1
            self.stop(media_stream.stop_message(self.stream_id, call_id, account_id=account_id, sequence=sequence))
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.send_close()
        self._reader.join(CLOSE_S)
        cut(self._socket)

    def _read(self) -> None:
        while True:
            try:
                message = self._socket.recv()
            except websocket.WebSocketTimeoutException:
                continue
            except (OSError, websocket.WebSocketException):
                break
            if not isinstance(message, str) or (message == "" and not self._socket.connected):
                break
            self._to_page(message)
        self.over.set()
