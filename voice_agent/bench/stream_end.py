"""The carrier's end of one media stream: plays, marks, clears, and writes down when.

Twilio's part of the conversation without a thread of its own: whoever holds it calls `arrived` for each message and
`tick` every 20 ms.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from voice_agent.audio.frames import FRAME_MS
from voice_agent.audio.mulaw import SILENCE as SILENT_BYTE
from voice_agent.bench.facts import Sentence, Stretch
from voice_agent.bench.sounds import AUDIBLE, level
from voice_agent.errors import MediaStreamError
from voice_agent.simulator import sound
from voice_agent.simulator.line import Line, LineQuality
from voice_agent.simulator.playback import Playback
from voice_agent.telephony import media_stream
from voice_agent.telephony.media_stream import OutClear, OutMark, OutMedia

HEARD_GAP_MS: Final = 60.0
ARRIVED_GAP_MS: Final = 300.0
HOLE_FRAMES: Final = 2
QUIET_BEFORE_MS: Final = 1500.0
"""Our own sound so long ago cannot be why the agent halts."""
ECHO_FRAMES: Final = 6
ECHO_GAIN: Final = 10 ** (-25 / 20)

Send = Callable[[bytes], None]


def key_of(mulaw: bytes) -> str:
    """The name of a sentence's exact sound, without the silence around it; empty for silence."""
    bare = mulaw.strip(bytes([SILENT_BYTE]))
    return hashlib.sha256(bare).hexdigest()[:24] if bare else ""


@dataclass(slots=True)
class Spoken:
    """A sentence of the agent on its way to the ear."""

    began_ms: float
    mulaw: bytearray = field(default_factory=bytearray, repr=False)
    arrived_ms: float | None = None
    key: str = ""
    over_ms: float | None = None
    cut: bool = False
    holes: int = 0


@dataclass(slots=True)
class Timing:
    """When certain frames of one utterance were sent."""

    times: dict[int, float] = field(default_factory=dict)
    """Frame of the utterance → milliseconds."""


class Stretches:
    """Moments joined to stretches when they are closer than a gap."""

    def __init__(self, gap_ms: float) -> None:
        self._gap_ms = gap_ms
        self._done: list[Stretch] = []
        self._start = self._end = -1.0

    def add(self, start_ms: float, end_ms: float) -> bool:
        """One more; whether it begins a new stretch."""
        fresh = self._start < 0 or start_ms - self._end >= self._gap_ms
        if fresh:
            if self._start >= 0:
                self._done.append((self._start, self._end))
            self._start = start_ms
        self._end = max(end_ms, self._end)
        return fresh

    @property
    def last_ms(self) -> float:
        """The end of the last one, or a negative number."""
        return self._end

    def all(self) -> tuple[Stretch, ...]:
        return (*self._done, *([(self._start, self._end)] if self._start >= 0 else []))


class StreamEnd:
    """See the module. `send` takes one message."""

    def __init__(self, stream_id: str, quality: LineQuality, *, echo: bool, send: Send) -> None:
        self._id = stream_id
        self._id_bytes = stream_id.encode()
        self._send = send
        self._echo = echo
        self._line = Line(quality)
        self._playback = Playback()
        self._sequence, self._chunk = 1, 0
        self._at_ms = 0
        self._watched: dict[int, tuple[Timing, int]] = {}
        self._current: Spoken | None = None
        self._by_mark: dict[str, Spoken] = {}
        self._empty_frames = 0
        self._echoes: list[bytes] = [sound.SILENCE] * ECHO_FRAMES
        self._spoke_at = -QUIET_BEFORE_MS
        self.spoken: list[Spoken] = []
        self.heard = Stretches(HEARD_GAP_MS)
        self.arrivals = Stretches(ARRIVED_GAP_MS)
        self.clears: list[float] = []
        self.errors: list[str] = []
        self.heard_levels, self.said_levels = bytearray(), bytearray()

    @property
    def fresh(self) -> list[Spoken]:
        """Sentences of which all has arrived, or that were played or cut, in order."""
        return [one for one in self.spoken if one.key or one.over_ms is not None]

    @property
    def playing(self) -> bool:
        """Sound of the agent waits to be played."""
        return self._playback.unplayed_ms > 0

    def start(self, call_id: str, account_id: str, parameters: dict[str, str]) -> None:
        """The first two messages."""
        self._send(media_stream.connected_message().encode())
        start = media_stream.start_message(self._id, call_id, account_id=account_id, parameters=parameters)
        self._send(start.encode())

    def stop(self, call_id: str, account_id: str) -> None:
        """The last message."""
        last = media_stream.stop_message(self._id, call_id, account_id=account_id, sequence=self._next())
        self._send(last.encode())

    def arrived(self, text: bytes, now_ms: float) -> None:
        """One message of the server."""
        try:
            message = media_stream.parse_outgoing(text.decode())
        except (MediaStreamError, UnicodeDecodeError) as error:
            self.errors.append(str(error))
            return
        if message.stream_id != self._id:
            self.errors.append("31924: a message names another stream")
        elif isinstance(message, OutMedia):
            self._media(message.mulaw, now_ms)
        elif isinstance(message, OutMark):
            self._mark(message.name)
        elif isinstance(message, OutClear):
            self._clear(now_ms)

    def tick(self, payload: bytes, peak: int, timing: tuple[Timing, int] | None, now_ms: float) -> int:
        """20 ms pass: `payload` (of that peak) is said; the level of what is heard is returned.

        `timing`: whose frame this is and which one, when its time matters.
        """
        for name in self._playback.reached():
            self._over(name, now_ms, cut=False)
        frame = self._playback.next_frame()
        heard = level(frame)
        if heard >= AUDIBLE:
            self.heard.add(now_ms, now_ms + FRAME_MS)
        self._look_for_holes(now_ms, peak)
        self.heard_levels.append(heard)
        self.said_levels.append(peak)
        self._say(self._with_echo(frame, payload) if self._echo else payload, timing, now_ms)
        return heard

    def end(self, now_ms: float) -> None:
        """The stream is over: what was not played was not heard."""
        for one in self.spoken:
            if one.over_ms is None:
                one.over_ms, one.cut = now_ms, True

    def _say(self, payload: bytes, timing: tuple[Timing, int] | None, now_ms: float) -> None:
        if timing:
            self._watched[self._at_ms] = timing
        for when, carried in self._line.carry(self._at_ms, payload):
            self._chunk += 1
            self._send(
                b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d",'
                b'"payload":"%b"},"streamSid":"%b"}' % (self._next(), self._chunk, when, carried, self._id_bytes)
            )
            if whose := self._watched.pop(when, None):
                whose[0].times[whose[1]] = now_ms
        self._at_ms += FRAME_MS

    def _media(self, mulaw: bytes, now_ms: float) -> None:
        if self._current is None:
            self._current = Spoken(now_ms + self._playback.unplayed_ms)
            self.spoken.append(self._current)
        if level(mulaw) >= AUDIBLE:
            self.arrivals.add(now_ms, now_ms)
            if self._current.arrived_ms is None:
                self._current.arrived_ms = now_ms
        self._current.mulaw += mulaw
        if not self._playback.put(mulaw):
            self.errors.append("31931: over ten minutes of sound are buffered")

    def _mark(self, name: str) -> None:
        self._playback.mark(name)
        if self._current is not None:
            self._current.key = key_of(bytes(self._current.mulaw))
            self._by_mark[name] = self._current
            self._current = None

    def _clear(self, now_ms: float) -> None:
        self.clears.append(now_ms)
        for name in self._playback.clear():
            self._over(name, now_ms, cut=True)
        if self._current is not None:
            self._current.over_ms, self._current.cut = now_ms, True
            self._current = None

    def _over(self, name: str, now_ms: float, *, cut: bool) -> None:
        self._send(media_stream.mark_message(self._id, name, sequence=self._next()).encode())
        if one := self._by_mark.pop(name, None):
            one.over_ms, one.cut = now_ms, cut

    def _look_for_holes(self, now_ms: float, peak: int) -> None:
        """The buffer is empty although the sentence is not over, and we gave no reason to halt."""
        if peak >= AUDIBLE:
            self._spoke_at = now_ms
        starved = self._current is not None and not self.playing and now_ms - self._spoke_at >= QUIET_BEFORE_MS
        self._empty_frames = self._empty_frames + 1 if starved else 0
        if self._empty_frames == HOLE_FRAMES and self._current is not None:
            self._current.holes += 1

    def _with_echo(self, heard: bytes, payload: bytes) -> bytes:
        """What the caller's telephone sends back of what it plays."""
        self._echoes.append(heard)
        back = self._echoes.pop(0)
        if back == sound.SILENCE:
            return payload
        mixed = np.add(sound.samples(base64.b64decode(payload)), sound.samples(back) * ECHO_GAIN, dtype=np.float32)
        return base64.b64encode(sound.coded(mixed))

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def sentences(spoken: list[Spoken], texts: dict[str, str]) -> tuple[Sentence, ...]:
    """As facts; those that were never heard at all are left out."""
    return tuple(
        Sentence(texts.get(one.key, ""), one.key, one.arrived_ms, one.began_ms, one.over_ms, one.cut, one.holes)
        for one in spoken
        if one.arrived_ms is not None and one.over_ms is not None
    )
