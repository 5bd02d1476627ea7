"""Opinions for all calls, one after the other in a thread of its own.

A sentence takes some 25 ms of one core, and numpy lets other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from threading import Event

import structlog

from voice_agent.strict_yaml import STRICT
from voice_agent.triage.second_opinion import Judge, Opinion, Thresholds

log = structlog.get_logger(__name__)


class Use(StrEnum):
    """Whether the meaning of words is judged."""

    AUTO = "auto"
    """Where the network is installed."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MeaningSettings:
    """The second opinion."""

    __pydantic_config__ = STRICT

    second_opinion: Use = Use.AUTO
    """Whether the meaning of words is judged where the red-flag rules are silent."""


class OpinionsBesideCalls:
    """Begins its thread with the first words, so each process of a server has its own."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._thread = ThreadPoolExecutor(1, "meaning")
        self._closed = Event()
        self._problem: str | None = None

    @property
    def thresholds(self) -> Thresholds:
        """From when on an opinion counts."""
        return self._judge.thresholds

    def judge(self, text: str, tell: Callable[[Opinion], None]) -> None:
        """Judge `text` when its turn comes; `tell` is called from the thread, or never when that fails."""
        if self._closed.is_set():
            return
        with suppress(RuntimeError):  # the process ends: its threads take no more
            self._thread.submit(self._judged, text, tell)

    def check(self) -> str | None:
        """None when the last words were judged, else why not."""
        return "The second opinion was closed." if self._closed.is_set() else self._problem

    def close(self) -> None:
        """Judge no more."""
        self._closed.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _judged(self, text: str, tell: Callable[[Opinion], None]) -> None:
        try:
            opinion = self._judge.opinion(text)
        except Exception as error:
            # Whatever it is must not end the thread: the rules go on without, and /readyz tells.
            self._problem = f"The last words could not be judged by meaning ({type(error).__name__}); see the log"
            log.exception("meaning_not_judged")
            return
        self._problem = None
        tell(opinion)
