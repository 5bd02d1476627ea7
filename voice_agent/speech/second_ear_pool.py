"""Processes that hear utterances again, beside the calls and at a lower priority.

A thread for each process waits for it; none of them computes. A process that dies, or takes too long, is started anew;
while none works, callers are heard by the first ear alone.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import structlog
from pydantic import Field

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.speech.second_ear_child import ChildFailedError, SecondEarChild
from voice_agent.speech.second_ear_queue import Dropped, Hearing, HearingQueue, Tell
from voice_agent.strict_yaml import STRICT

log = structlog.get_logger(__name__)

PROCESS: Final = (sys.executable, "-m", "voice_agent.speech.second_ear_process")
LOOK_AFTER_S: Final = 1.0
"""How often an idle process is looked after."""
CLOSING_S: Final = 10.0
START_AGAIN_AFTER_S: Final = 10.0
"""How long we wait with another after a process could not be started."""


@dataclass(frozen=True, slots=True)
class SecondEarPoolSettings:
    """How much of the machine the second ear takes."""

    __pydantic_config__ = STRICT

    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes of the whole server, each with a model of its own; 0: one for every two cores."""
    nice: Annotated[int, Field(ge=0, le=19)] = 10
    """Added to their niceness, so that calls go first."""
    waiting: Annotated[int, Field(ge=1)] = 4
    """So many utterances wait to be heard; more, and the least important is left out, though never one of triage."""
    stale_ms: Annotated[int, Field(ge=100)] = 1500
    """What has waited for so long is left out, but for triage; wall clock."""
    deadline_ms: Annotated[int, Field(ge=500)] = 8000
    """A process that takes so much longer than the sound lasts has hung, and is started anew; wall clock."""


class SecondEarPool:
    """`ports.SecondEars`."""

    def __init__(
        self,
        settings: SecondEarPoolSettings | None = None,
        process: Sequence[str] = PROCESS,
        clock: Callable[[], float] = time.monotonic,
        sharers: int = 1,
    ) -> None:
        """`process`: the command that speaks `second_ear_process`'s protocol; the niceness is added to it.

        `sharers`: so many pools share what the settings allow; each has one process at least.
        """
        self._settings = settings or SecondEarPoolSettings()
        self._sharers = sharers
        self._command = (*process, str(self._settings.nice))
        self._clock = clock
        self._queue = HearingQueue(self._settings.waiting, self._settings.stale_ms / 1000)
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._children = [SecondEarChild(self._command) for _ in range(self.workers)]
        self._problems: dict[int, str] = {}
        self._ready: set[int] = set()
        self._closed = False

    @property
    def workers(self) -> int:
        """How many processes there are in this pool, or will be."""
        together = self._settings.workers or max(1, (os.cpu_count() or 1) // 2)
        return max(1, together // self._sharers)

    def start(self) -> None:
        """Start the processes, without waiting until their models are loaded."""
        with self._changed:
            if self._threads or self._closed:
                return
            self._threads = [
                threading.Thread(target=self._work, args=(number, child), name=f"second-ear-{number}", daemon=True)
                for number, child in enumerate(self._children)
            ]
        for thread in self._threads:
            thread.start()

    def hear(self, owner: object, sound: bytes, listen: Listen, first: str, weight: Weight, tell: Tell) -> None:
        """Let an utterance wait for its turn; told FAILED at once while no process works."""
        hearing = Hearing(owner, sound, listen, weight, tell, self._clock(), first)
        with self._changed:
            if works := bool(self._ready) and not self._closed:
                dropped = self._queue.put(hearing)
                self._changed.notify()
        _tell_all(dropped if works else [(hearing, Missed.FAILED)])

    def check(self) -> str | None:
        """None when a process works."""
        self.start()
        with self._changed:
            if self._ready:
                return None
            return next(iter(self._problems.values()), "The second ear is still starting.")

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Until a process works; False when that took too long."""
        self.start()
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._ready), timeout_s)

    def close(self) -> None:
        """End the processes; what waits is told FAILED."""
        with self._changed:
            self._closed = True
            dropped = self._queue.clear()
            self._changed.notify_all()
        _tell_all(dropped)
        for child in self._children:
            child.kill()
        for thread in self._threads:
            thread.join(CLOSING_S)

    # In the threads.

    def _work(self, number: int, child: SecondEarChild) -> None:
        try:
            while not self._closed:
                if not self._is_up(number, child):
                    self._sleep(START_AGAIN_AFTER_S)
                elif hearing := self._next():
                    hearing.tell(self._heard(number, child, hearing))
        finally:
            self._is_down(number, "The second ear was stopped.")
            child.stop()

    def _next(self) -> Hearing | None:
        """What is to be heard; None now and then, so that the process is looked after."""
        with self._changed:
            hearing, dropped = self._queue.take(self._clock())
            if hearing is None and not dropped and not self._closed:
                self._changed.wait(LOOK_AFTER_S)
                hearing, dropped = self._queue.take(self._clock())
        _tell_all(dropped)
        return hearing

    def _heard(self, number: int, child: SecondEarChild, hearing: Hearing) -> SecondHearing | Missed:
        lasts_s = len(hearing.sound) / 2 / SAMPLE_RATE_HZ
        try:
            return child.hear(hearing.sound, hearing.listen, hearing.first, lasts_s + self._settings.deadline_ms / 1000)
        except ChildFailedError as error:
            log.warning("second_ear_failed", problem=str(error))
            if not child.runs:
                self._is_down(number, str(error))
            return Missed.FAILED

    def _is_up(self, number: int, child: SecondEarChild) -> bool:
        """Start the process unless it runs; whether it works now."""
        if child.runs:
            return True
        self._is_down(number, "The second ear is being started anew.")
        try:
            child.start()
        except ChildFailedError as error:
            log.warning("second_ear_not_started", problem=str(error))
            self._is_down(number, str(error))
            return False
        with self._changed:
            self._problems.pop(number, None)
            self._ready.add(number)
            self._changed.notify_all()
        log.info("second_ear_ready", worker=number)
        return True

    def _is_down(self, number: int, problem: str) -> None:
        with self._changed:
            self._problems[number] = problem
            self._ready.discard(number)
            dropped = [] if self._ready else self._queue.clear()
        _tell_all(dropped)

    def _sleep(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)


def _tell_all(dropped: Dropped) -> None:
    """Never while the lock is held: whoever is told may come back at once."""
    for hearing, why in dropped:
        hearing.tell(why)
