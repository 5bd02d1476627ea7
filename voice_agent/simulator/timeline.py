"""What happened in a call, step by step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class What(StrEnum):
    """Kinds of steps."""

    RANG = "rang"
    ANSWERED = "answered"
    HEARD = "heard"
    """What this party heard: transcribed from the sound, or the exact words of a `<Say>` that was played."""
    SAID = "said"
    PRESSED = "pressed"
    TWIML = "twiml"
    """A document of the server, as a list of its verbs."""
    STREAM = "stream"
    STATUS = "status"
    """A status callback of ours, with the server's answer when that was no success."""
    ON_HOLD = "on_hold"
    JOINED = "joined"
    BRIDGED = "bridged"
    LEFT = "left"
    HUNG_UP = "hung_up"
    ENDED = "ended"
    ERROR = "error"
    """Something that Twilio would report as an error; its code comes first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    at_ms: int
    """Since the call was placed."""
    call_id: str
    who: str
    """`caller`, `nurse +1555…`, `callee +1555…`: whose telephone this happened at."""
    what: What
    text: str = field(default="", repr=False)
    gap_ms: int | None = None
    """HEARD only: silence between the end of this party's own words and this sound."""
    lasted_ms: int | None = None
    """SAID and HEARD: how long it sounded."""


Listener = Callable[[Step], None]


class Timeline:
    """The steps of all calls of a twin, in the order in which they became known. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._steps: list[Step] = []
        self._listeners: list[Listener] = []

    def now_ms(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def add(self, step: Step) -> None:
        with self._lock:
            self._steps.append(step)
            listeners = list(self._listeners)
        for listener in listeners:
            listener(step)

    def steps(self) -> list[Step]:
        """All so far, by time."""
        with self._lock:
            return sorted(self._steps, key=lambda step: step.at_ms)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each new step, in the thread where it happens; returns how to stop that."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return stop


@dataclass(frozen=True, slots=True)
class Notebook:
    """One telephone's pen for the timeline."""

    timeline: Timeline
    call_id: str
    who: str

    def now_ms(self) -> int:
        return self.timeline.now_ms()

    def note(
        self,
        what: What,
        text: str = "",
        *,
        at_ms: int | None = None,
        gap_ms: int | None = None,
        lasted_ms: int | None = None,
    ) -> None:
        """Write a step down; without `at_ms` it happens now."""
        when = self.now_ms() if at_ms is None else at_ms
        self.timeline.add(Step(when, self.call_id, self.who, what, text, gap_ms, lasted_ms))
