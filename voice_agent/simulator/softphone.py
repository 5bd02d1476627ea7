"""A telephone that somebody holds in a browser.

The page is Twilio's end of the wire: it sends and plays Media Streams messages itself. What arrives from it goes to
the media socket while a `<Stream>` is open, else to whom the call is connected with. Messages of our own beside
Twilio's (docs/softphone.md): to the page `stream`, `line`, `told`, `dialled`, `problem` and `over`; from it `hangup`.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Any, Final, Protocol

from voice_agent.audio.frames import FRAME_SAMPLES
from voice_agent.errors import MediaStreamError
from voice_agent.simulator.leg import new_sid
from voice_agent.simulator.phone import Ring, Where
from voice_agent.simulator.softphone_stream import Relay
from voice_agent.simulator.sound import SILENCE
from voice_agent.simulator.timeline import Notebook
from voice_agent.telephony import media_stream
from voice_agent.telephony.media_stream import Connected, KeyPressed, MarkReached, Media, Started, Stopped

LONGEST_MESSAGE: Final = 4000
"""Characters; 20 ms of sound take some 350."""
DEEPEST: Final = 10
"""Frames of the microphone that wait for the call's clock: 200 ms."""


class BrowserGoneError(Exception):
    """The page was closed, or the network to it is gone."""


class Browser(Protocol):
    """The socket to the page. `send` may be called from several threads."""

    def receive(self, timeout_s: float) -> str | bytes | None:
        """The next message, None when none came in time. Raises BrowserGoneError."""

    def send(self, text: str) -> None:
        """Raises BrowserGoneError."""


class Softphone:
    """One browser's telephone. `arrived` is called by the thread that reads the page, the rest by the call's own."""

    def __init__(self, browser: Browser, account_id: str) -> None:
        self.hung_up = False
        self.ring = Ring()
        self.said, self.received = bytearray(), bytearray()
        self.relay: Relay | None = None
        self.call_id = ""
        self._browser, self._account_id = browser, account_id
        self._stream_id = new_sid("MZ")
        self._where = Where.NOTHING
        self._microphone: deque[bytes] = deque(maxlen=DEEPEST)
        self._keys: deque[str] = deque()
        self._hello = ""

    # What the call does with it.

    def connect(self, notes: Notebook) -> None:
        """The call exists."""
        self.call_id = notes.call_id
        self.open_stream(self._stream_id, {})

    @property
    def where(self) -> Where:
        """What it is connected to; the page is told of each change."""
        return self._where

    @where.setter
    def where(self, where: Where) -> None:
        if where is not self._where:
            self._where = where
            self.tell("line", where=str(where))

    def exchange(self, frame: bytes, *, transcribe: bool = True) -> bytes:
        """20 ms in, 20 ms out, outside the media stream."""
        if frame != SILENCE:
            self.send(media_stream.media(self._stream_id, frame))
        return self._microphone.popleft() if self._microphone else SILENCE

    def told(self, text: str, *, at_ms: int, lasted_ms: int) -> None:
        """An announcement, for those who like to read it."""
        self.tell("told", words=text)

    def keys_due(self) -> bool:
        """Whether `pressed` would give any."""
        return bool(self._keys)

    def pressed(self) -> str:
        """Keys since the last time."""
        digits = ""
        while self._keys:
            digits += self._keys.popleft()
        return digits

    def disconnect(self) -> None:
        """The call is over."""

    def open_stream(self, stream_id: str, parameters: dict[str, str]) -> None:
        """From now on the page speaks for this stream."""
        self.tell(
            "stream",
            streamSid=stream_id,
            callSid=self.call_id,
            accountSid=self._account_id,
            customParameters=parameters,
        )

    def end_stream(self) -> None:
        """Back to the stream that is ours."""
        self._microphone.clear()
        self.open_stream(self._stream_id, {})

    def tell(self, event: str, **about: Any) -> None:
        """A message of our own."""
        self.send(json.dumps({"event": event, **about}))

    def send(self, text: str) -> None:
        """To the page; one that is gone ends the call at its next 20 ms."""
        try:
            self._browser.send(text)
        except BrowserGoneError:
            self.hung_up = True

    # What the page does with it.

    def arrived(self, text: str | bytes) -> bool:
        """One message of the page; False: hung up. Raises MediaStreamError for what Twilio would never say."""
        if len(text) > LONGEST_MESSAGE or not isinstance(text, str):
            raise MediaStreamError(f"softphone: a binary message, or one of over {LONGEST_MESSAGE} characters")
        event, stream_id = _envelope(text)
        if event == "hangup":
            return False
        message = media_stream.parse(text)
        relay = self.relay
        if isinstance(message, Connected):
            self._hello = text  # whose it is, `start` says
        elif relay is not None and stream_id == relay.stream_id:
            self._pass_on(relay, message, text)
        elif stream_id == self._stream_id:
            self._take(message)
        return True

    def _pass_on(self, relay: Relay, message: media_stream.Message, text: str) -> None:
        match message:
            case Started(stream_id=stream_id, call_id=call_id):
                if stream_id != relay.stream_id or call_id != self.call_id:
                    raise MediaStreamError("softphone: `start` names another call")
                relay.forward(self._hello, text)
            case Stopped():
                relay.stop(text)
            case Media() | KeyPressed() | MarkReached():
                relay.forward(text)
            case _:
                raise MediaStreamError("softphone: Twilio sends no such message")

    def _take(self, message: media_stream.Message) -> None:
        if isinstance(message, Media) and len(message.mulaw) == FRAME_SAMPLES:
            self._microphone.append(message.mulaw)
        elif isinstance(message, KeyPressed):
            self._keys.append(message.digit)


def _envelope(text: str) -> tuple[str, str]:
    """Event and StreamSid of a message, '' for what is missing. Raises MediaStreamError."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MediaStreamError("softphone: a message is not JSON") from error
    if not isinstance(body, dict):
        raise MediaStreamError("softphone: a message is no JSON object")
    return str(body.get("event", "")), str(body.get("streamSid", ""))
