"""One phone call at the twin.

A leg has a thread of its own, which plays TwiML on a clock of 20 ms: `tick` is that clock, and everything that can
interrupt a verb (the caller hangs up, REST redirects the call) comes out of it as an exception.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, Protocol

from voice_agent.audio.frames import FRAME_MS
from voice_agent.simulator.line import LineQuality
from voice_agent.simulator.sound import SILENCE
from voice_agent.simulator.telephone import Telephone
from voice_agent.simulator.timeline import Notebook, What

if TYPE_CHECKING:
    from voice_agent.simulator.twin import Twin

API_VERSION: Final = "2010-04-01"
OVER: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
TICK_S: Final = FRAME_MS / 1000
LOOK_S: Final = 0.1
LOST_S: Final = 2.0
"""Later than this and the clock gives up catching up: the machine was suspended."""


def new_sid(prefix: str) -> str:
    """An identifier like Twilio's: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Source:
    """Where a call's next document comes from: an address, or the document itself."""

    url: str
    method: str = "POST"
    params: dict[str, str] = field(default_factory=dict, repr=False)
    """Sent along, beside those that describe the call."""
    twiml: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StatusCallback:
    """Who wants to know how a call is going."""

    url: str = ""
    method: str = "POST"
    events: frozenset[str] = frozenset({"completed"})


class HungUpError(Exception):
    """The call is over; the text says who ended it: `caller`, `agent` (the document or REST), `network`."""

    def __init__(self, by: str, status: str = "completed") -> None:
        self.by = by
        self.status = status
        super().__init__(by)


class SentElsewhereError(Exception):
    """The call goes on with another document."""

    def __init__(self, source: Source) -> None:
        self.source = source
        super().__init__(source.url)


class Tap(Protocol):
    """Hears what is said into a telephone, beside the call."""

    def hear(self, frame: bytes) -> None:
        """20 ms, mu-law; must not wait."""

    def stop(self) -> None:
        """The call is over."""


class Leg:
    """See the module."""

    def __init__(
        self,
        twin: Twin,
        phone: Telephone,
        *,
        called: str,
        caller: str,
        direction: str,
        name: str,
        callback: StatusCallback | None = None,
        parent: str = "",
        ring_s: float = 60.0,
        quality: LineQuality | None = None,
    ) -> None:
        """`direction` is Twilio's: `inbound`, `outbound-api`, `outbound-dial`. `name` is for the timeline."""
        self.sid = new_sid("CA")
        self.twin = twin
        self.phone = phone
        self.called = called
        self.caller = caller
        self.direction = direction
        self.parent = parent
        self.name = name
        self.status = "ringing" if direction == "inbound" else "queued"
        self.ended_by = ""
        self.created_at = time.time()
        self.answered_at: float | None = None
        self.ended_at: float | None = None
        self.notes = Notebook(twin.timeline, self.sid, name)
        self.ring_s = ring_s
        self.quality = quality or LineQuality()
        self.linked: set[str] = set()
        """CallSids of those that this one was connected with."""
        self.forks: list[Tap] = []
        """Streams that were started beside the call."""
        self.over = threading.Event()
        self.answered = threading.Event()
        self._callback = callback or StatusCallback()
        self._sequence = 0
        self._order: HungUpError | SentElsewhereError | None = None
        self._ordered = threading.Event()
        self._watches: list[Callable[[], None]] = []
        self._next_at = 0.0
        self._thread: threading.Thread | None = None
        phone.connect(self.notes)

    @property
    def status_url(self) -> str:
        """Where its status is told; empty when nobody asked."""
        return self._callback.url

    # From other threads.

    def start(self, program: Callable[[Leg], None]) -> None:
        """Begin the call; `program` runs once it is answered, and its end is the call's."""
        self._thread = threading.Thread(target=self._live, args=(program,), name=f"leg-{self.sid[:8]}", daemon=True)
        self._thread.start()

    def order(self, order: HungUpError | SentElsewhereError) -> None:
        """End the call or send it elsewhere, at its next 20 ms."""
        self._order = order
        self._ordered.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came in time."""
        return self.over.wait(timeout_s)

    # From its own thread.

    def tick(self, frame: bytes = SILENCE, *, transcribe: bool = True) -> bytes:
        """Let 20 ms pass: `frame` to the telephone, and what was said into it meanwhile back."""
        late = time.monotonic() - self._next_at
        if late < 0:
            time.sleep(-late)
        elif late > LOST_S:
            self._next_at += late
        self._next_at += TICK_S
        return self._exchange(frame, transcribe)

    def catch_up(self) -> None:
        """Silence for the time that something else took: the telephone heard nothing meanwhile."""
        while time.monotonic() - self._next_at > TICK_S:
            self._next_at += TICK_S
            self._exchange(SILENCE, True)

    def pass_time(self, over: threading.Event) -> None:
        """Wait for `over`: the sound goes another way meanwhile, past this clock. Raises what interrupts the call."""
        while not over.wait(LOOK_S):
            self._obey()
        self._next_at = time.monotonic()

    @contextlib.contextmanager
    def watching(self, watch: Callable[[], None]) -> Iterator[None]:
        """Call `watch` every 20 ms inside; what it raises comes out of `tick`."""
        self._watches.append(watch)
        try:
            yield
        finally:
            self._watches.remove(watch)

    def answer(self) -> None:
        """The telephone was picked up."""
        if self.answered_at is None:
            self.answered_at = time.time()
            self.status = "in-progress"
            self.answered.set()
            self.notes.note(What.ANSWERED)
            self._tell("answered")

    def params(self) -> dict[str, str]:
        """What every webhook says of this call."""
        params = {
            "CallSid": self.sid,
            "AccountSid": self.twin.settings.account_sid,
            "From": self.caller,
            "To": self.called,
            "Caller": self.caller,
            "Called": self.called,
            "CallStatus": self.status,
            "Direction": self.direction,
            "ApiVersion": API_VERSION,
        }
        return params | ({"ParentCallSid": self.parent} if self.parent else {})

    @property
    def seconds(self) -> int:
        """Length of the conversation, rounded up as it is billed."""
        if self.answered_at is None:
            return 0
        return max(1, round((self.ended_at or time.time()) - self.answered_at))

    def _exchange(self, frame: bytes, transcribe: bool) -> bytes:
        spoken = self.phone.exchange(frame, transcribe=transcribe)
        for fork in self.forks:
            fork.hear(spoken)
        if self.phone.hung_up:
            raise HungUpError("caller")
        self._obey()
        for watch in self._watches:
            watch()
        return spoken

    def _obey(self) -> None:
        """Raises the order that somebody gave, if there is one."""
        if self._order is not None:
            order, self._order = self._order, None
            self._ordered.clear()
            raise order

    def _live(self, program: Callable[[Leg], None]) -> None:
        end = HungUpError("network", "failed")
        try:
            self._ring()
            self._next_at = time.monotonic()
            program(self)
            end = HungUpError("agent")
        except HungUpError as hung_up:
            end = hung_up
        except Exception as error:
            self.notes.note(What.ERROR, f"the twin itself failed: {type(error).__name__}: {error}")
            raise
        finally:
            self._finish(end)

    def _ring(self) -> None:
        """Wait until the telephone is answered, if this call goes out. Raises HungUpError."""
        if self.direction == "inbound":
            return
        self.status = "initiated"
        self._tell("initiated")
        ring = self.phone.ring
        if ring.refused:
            raise HungUpError("network", ring.refused)
        self.status = "ringing"
        self.notes.note(What.RANG, self.called)
        self._tell("ringing")
        patience = self.ring_s
        answers_after = ring.answers_after_s
        wait = patience if answers_after is None else min(answers_after, patience)
        if self._ordered.wait(wait):
            # REST sends no telephone elsewhere that still rings, so this ends the call.
            raise HungUpError("agent", "canceled")
        if answers_after is None or answers_after > patience:
            raise HungUpError("network", "no-answer")
        self.answer()

    def _finish(self, end: HungUpError) -> None:
        self.ended_at = time.time()
        unanswered = self.answered_at is None and end.status == "completed"
        self.status = "no-answer" if unanswered and self.direction == "inbound" and end.by == "caller" else end.status
        self.ended_by = end.by
        self.phone.disconnect()
        for fork in self.forks:
            fork.stop()
        if end.by == "caller":
            self.notes.note(What.HUNG_UP)
        self.notes.note(What.ENDED, f"{self.status}, by {end.by}")
        self.twin.save_recording(self)
        self._tell("completed")
        self.over.set()

    def _tell(self, event: str) -> None:
        """The status callback for `event`; `completed` stands for every end."""
        if not self._callback.url or event not in self._callback.events:
            return
        params = self.params() | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(self._sequence),
            "Timestamp": formatdate(usegmt=False),
        }
        if event == "completed":
            minutes = -(-self.seconds // 60)
            params |= {"CallDuration": str(self.seconds), "Duration": str(minutes)}
        self._sequence += 1
        self.twin.call_back(self, self._callback.url, params, self._callback.method, f"call {self.status}")
