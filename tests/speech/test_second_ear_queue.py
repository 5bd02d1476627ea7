"""Who is heard first, and who is left out."""

from __future__ import annotations

import pytest

from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.speech.second_ear_queue import Dropped, Hearing, HearingQueue

ADMINISTRATIVE, OPEN, TRIAGE = Weight


def hearing(owner: str, weight: Weight = OPEN, since_s: float = 0.0) -> Hearing:
    return Hearing(owner, b"", Listen.OPEN, weight, lambda _: None, since_s)


def names(dropped: Dropped) -> list[tuple[object, Missed]]:
    return [(each.owner, why) for each, why in dropped]


@pytest.fixture
def waiting() -> HearingQueue:
    """Takes two; what is older than a second is stale."""
    return HearingQueue(2, 1.0)


def taken(waiting: HearingQueue, now_s: float = 0.0) -> list[object]:
    owners = []
    while (found := waiting.take(now_s)[0]) is not None:
        owners.append(found.owner)
    return owners


def test_in_order(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", since_s=0.1))
    waiting.put(hearing("b", since_s=0.2))
    assert taken(waiting) == ["a", "b"]


def test_what_matters_goes_first(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", ADMINISTRATIVE, 0.1))
    waiting.put(hearing("b", TRIAGE, 0.2))
    assert taken(waiting) == ["b", "a"]


def test_administrative_answers_are_shed_first(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", OPEN, 0.1))
    waiting.put(hearing("b", ADMINISTRATIVE, 0.2))
    assert names(waiting.put(hearing("c", OPEN, 0.3))) == [("b", Missed.SHED)]
    assert taken(waiting) == ["a", "c"]


def test_even_the_newest_is_shed_when_it_matters_least(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", OPEN, 0.1))
    waiting.put(hearing("b", OPEN, 0.2))
    assert names(waiting.put(hearing("c", ADMINISTRATIVE, 0.3))) == [("c", Missed.SHED)]


def test_triage_is_never_shed(waiting: HearingQueue) -> None:
    for place in range(5):
        assert waiting.put(hearing(f"triage {place}", TRIAGE, place / 10)) == []
    assert names(waiting.put(hearing("open", OPEN, 0.9))) == [("open", Missed.SHED)]
    assert len(waiting) == 5
    assert len(taken(waiting, now_s=100.0)) == 5


def test_what_is_stale_is_shed(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", OPEN, 0.0))
    waiting.put(hearing("b", OPEN, 1.5))
    found, dropped = waiting.take(2.0)
    assert found is not None
    assert found.owner == "b"
    assert names(dropped) == [("a", Missed.SHED)]


def test_a_caller_who_went_on_does_not_wait_twice(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", OPEN, 0.1))
    assert names(waiting.put(hearing("a", TRIAGE, 0.2))) == [("a", Missed.IN_VAIN)]
    assert len(waiting) == 1


def test_at_the_end_nobody_was_heard(waiting: HearingQueue) -> None:
    waiting.put(hearing("a", TRIAGE))
    assert names(waiting.clear()) == [("a", Missed.FAILED)]
    assert len(waiting) == 0
