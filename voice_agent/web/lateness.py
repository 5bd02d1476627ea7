"""How late this process runs, measured on the calls that it has.

A process that is too busy shows it twice: its call loops come late to messages that wait for them, and sound waits for
the recogniser. Both delay every answer by as much, so their sum is what a caller suffers.

What the network does is not our lateness. When a caller's frames come late, the loop waits for them, and waiting is
being in time; when fifty come in one burst, the loop is late only by what it takes to work them off. So `LoopWatch`
counts from when the loop last had nothing to do: whatever waits in the socket has waited for us no longer than that.
A caller who is cut off for some seconds and then comes in one burst gives one or two bad samples of fifty; the 95th
percentile over ten seconds does not see them.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

log = structlog.get_logger(__name__)

WAITED_MS: Final = 1.0
"""A message that took less to come was waiting already: reading it takes some microseconds."""
WINDOW_S: Final = 10.0
TELL_EVERY_S: Final = 1.0
"""How often the other processes hear of it, while there are calls."""
FEWEST: Final = 20
"""Of fewer samples the 95th percentile is the worst one: they decide nothing."""
LATE_AFTER_MS: Final = 500
"""Twilio's upper limit for the platform gap is 1,100 ms, our own aim for a quiet server 600 ms at the 95th percentile:
so much may be lost before callers are served worse than by a nurse's telephone."""
RECOVERED: Final = 0.5
"""Calls are taken again below this share of the limit, so that the server does not flutter around it."""


class LoopWatch:
    """How late one call's loop runs. Milliseconds of any steady clock."""

    def __init__(self) -> None:
        self._wakes_by: float | None = None
        self._waits_since = 0.0
        self._in_time: float | None = None

    def waits(self, now_ms: float, timeout_ms: float) -> float:
        """The loop is about to wait for a message, so long at most; by how many milliseconds it is late."""
        self._waits_since, self._wakes_by = now_ms, now_ms + timeout_ms
        return 0.0 if self._in_time is None else now_ms - self._in_time

    def woke(self, now_ms: float, message_came: bool) -> None:
        """The wait is over."""
        if self._in_time is None or not message_came or now_ms - self._waits_since >= WAITED_MS:
            # Who wakes up after that was ready before, and was not let run.
            self._in_time = now_ms if self._wakes_by is None else min(now_ms, self._wakes_by)


class Lateness:
    """The lateness of all calls of this process together. Safe to use from any thread."""

    def __init__(
        self,
        late_after_ms: float = LATE_AFTER_MS,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[float, bool], None] = lambda p95_ms, late: None,
    ) -> None:
        """`late_after_ms`: from this 95th percentile on, no new calls are taken.

        `tell` hears of the percentile and of that verdict, each second while there are calls.
        """
        self._late_after_ms = late_after_ms
        self._clock = clock
        self._tell = tell
        self._told_at = float("-inf")
        self._samples: deque[tuple[float, float]] = deque()
        self._late = False
        self._lock = threading.Lock()

    def report(self, late_ms: float) -> None:
        """A live call's worst of the last moment."""
        with self._lock:
            now = self._clock()
            self._samples.append((now, late_ms))
            self._forget(now)
            due = now - self._told_at >= TELL_EVERY_S
            if due:
                self._told_at = now
        if due:
            late = self.late
            self._tell(self.p95_ms, late)

    @property
    def p95_ms(self) -> float:
        """Over the last ten seconds; 0 without calls."""
        with self._lock:
            return self._p95()

    @property
    def late(self) -> bool:
        """Whether new calls would make it worse for the live ones; until it has plainly recovered."""
        with self._lock:
            p95_ms, was = self._p95(), self._late
            if was:
                self._late = p95_ms > self._late_after_ms * RECOVERED
            else:
                self._late = p95_ms > self._late_after_ms and len(self._samples) >= FEWEST
            changed = self._late is not was
        if changed:
            log.warning("server_late" if not was else "server_in_time", p95_ms=round(p95_ms))
        return not was if changed else was

    def _p95(self) -> float:
        self._forget(self._clock())
        if not self._samples:
            return 0.0
        ordered = sorted(late_ms for _, late_ms in self._samples)
        return ordered[math.ceil(0.95 * len(ordered)) - 1]

    def _forget(self, now: float) -> None:
        while self._samples and now - self._samples[0][0] > WINDOW_S:
            self._samples.popleft()
