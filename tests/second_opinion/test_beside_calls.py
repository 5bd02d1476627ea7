"""Opinions beside the calls: a failure is told, and is not the end."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event
from time import monotonic, sleep

from voice_agent.fakes.second_opinions import HARMLESS
from voice_agent.second_opinion.beside_calls import OpinionsBesideCalls
from voice_agent.triage.second_opinion import Opinion, Thresholds

PATIENCE_S = 60
THRESHOLDS = Thresholds(0.5, 0.9, 0.5, 0.9, 0.7)


@dataclass
class FailsOnce:
    """A judge who stumbles over the first words."""

    went_wrong: Event
    thresholds: Thresholds = THRESHOLDS

    def opinion(self, text: str) -> Opinion:
        if not self.went_wrong.is_set():
            self.went_wrong.set()
            raise FloatingPointError("overflow")
        return HARMLESS


def test_who_fails_says_so_and_goes_on() -> None:
    judge = FailsOnce(Event())
    opinions = OpinionsBesideCalls(judge)
    told: SimpleQueue[Opinion] = SimpleQueue()
    try:
        opinions.judge("one two three", told.put)
        assert judge.went_wrong.wait(PATIENCE_S)
        opinions.judge("four five six", told.put)
        assert told.get(timeout=PATIENCE_S) == HARMLESS
        assert told.empty()
        assert opinions.check() is None
    finally:
        opinions.close()


def test_the_problem_is_named() -> None:
    judge = FailsOnce(Event())
    opinions = OpinionsBesideCalls(judge)
    opinions.judge("one two three", lambda _: None)
    deadline = monotonic() + PATIENCE_S
    while opinions.check() is None and monotonic() < deadline:
        sleep(0.01)
    assert "FloatingPointError" in (opinions.check() or "")
    opinions.close()
