"""What became of second hearings, and how long turns waited for them."""

from __future__ import annotations

import pytest

from voice_agent.call.commands import AskDialog, AwaitSecondEar, Command, FinishUtterance, HearAgain
from voice_agent.call.events import Event, HeardAgain, Listened, NotHeardAgain
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.measurements import SecondEarOutcome, SecondEarTimes
from voice_agent.call.replies import Listen
from voice_agent.call.second_ear_times import SecondEarClock

HEARD = HeardAgain(1, SecondHearing("when are you open", audio_ms=1500, took_ms=140.4))


class Watched:
    """A clock that is told what happens."""

    def __init__(self) -> None:
        self.clock = SecondEarClock()

    def at(self, now_ms: int, *commands: Command, event: Event | None = None) -> list[SecondEarTimes]:
        return self.clock.happened(event or Listened(now_ms, False), commands, now_ms)


@pytest.fixture
def asked() -> Watched:
    """The second ear was asked at 1,000 ms."""
    watched = Watched()
    assert watched.at(1000, HearAgain(1, 0, Listen.OPEN, Weight.OPEN)) == []
    return watched


def test_in_time(asked: Watched) -> None:
    [times] = asked.at(1200, event=HEARD)
    assert times == SecondEarTimes(SecondEarOutcome.HEARD, 200, 0, 140, 1500)


def test_waited_for(asked: Watched) -> None:
    asked.at(1100, AwaitSecondEar(1))
    [times] = asked.at(1200, AskDialog(1, "when are you open"), event=HEARD)
    assert (times.outcome, times.waited_ms) == (SecondEarOutcome.HEARD, 100)


def test_waited_for_in_vain(asked: Watched) -> None:
    asked.at(1100, AwaitSecondEar(1))
    asked.at(1350, AskDialog(1, "when are the open"))
    [times] = asked.at(1600, event=HEARD)
    assert (times.outcome, times.answered_ms, times.waited_ms) == (SecondEarOutcome.LATE, 600, 250)


def test_a_turn_that_did_not_wait(asked: Watched) -> None:
    asked.at(1020, AskDialog(1, "yes"))
    [times] = asked.at(1200, event=HEARD)
    assert (times.outcome, times.waited_ms) == (SecondEarOutcome.LATE, 0)


def test_a_caller_who_went_on(asked: Watched) -> None:
    asked.at(1100, FinishUtterance(2))
    [times] = asked.at(1200, event=HEARD)
    assert (times.outcome, times.waited_ms) == (SecondEarOutcome.IN_VAIN, None)


@pytest.mark.parametrize("why", Missed)
def test_not_heard(asked: Watched, why: Missed) -> None:
    asked.at(1100, AwaitSecondEar(1))
    [times] = asked.at(1110, event=NotHeardAgain(1, why))
    assert times == SecondEarTimes(SecondEarOutcome(str(why)), 110, 10)


def test_an_answer_that_nobody_asked_for_is_no_hearing() -> None:
    assert Watched().at(1200, event=HEARD) == []
