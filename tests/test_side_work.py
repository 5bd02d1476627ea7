"""Slow work beside the call, kept in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from voice_agent.side_work import Lane


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def test_work_of_one_lane_runs_in_order_and_never_side_by_side(threads: ThreadPoolExecutor) -> None:
    lane, done, running = Lane(threads), [], threading.Semaphore(1)

    def work(number: int) -> None:
        assert running.acquire(blocking=False), "two pieces at once"
        time.sleep(0.001)
        done.append(number)
        running.release()

    for number in range(50):
        lane.add(lambda number=number: work(number))
    assert lane.wait(5)
    assert done == list(range(50))


def test_a_slow_lane_does_not_hold_up_another(threads: ThreadPoolExecutor) -> None:
    slow, quick, may_end, ended = Lane(threads), Lane(threads), threading.Event(), threading.Event()
    slow.add(lambda: may_end.wait(5))
    quick.add(ended.set)
    assert ended.wait(2)
    assert not slow.wait(0.01)
    may_end.set()
    assert slow.wait(2)


def test_lanes_take_turns_on_one_thread() -> None:
    with ThreadPoolExecutor(1) as one:
        first, second, order = Lane(one), Lane(one), []
        gate = threading.Event()
        first.add(lambda: gate.wait(5))
        for number in range(3):
            first.add(lambda number=number: order.append(f"first {number}"))
        second.add(lambda: order.append("second"))
        gate.set()
        assert first.wait(2)
        assert second.wait(2)
    assert order.index("second") < 2, "the second call waited for all of the first one's work"


def test_what_a_call_leaves_behind_is_done_when_the_threads_take_no_more() -> None:
    """The process ends before the call has: its last saving must not be lost, nor end in an error."""
    one = ThreadPoolExecutor(1)
    lane, gate, order = Lane(one), threading.Event(), []
    lane.add(lambda: order.append(gate.wait(5)))
    lane.add(lambda: order.append("waited"))
    one.shutdown(wait=False)
    gate.set()
    assert lane.wait(5)
    lane.add(lambda: order.append("came late"))
    assert order == [True, "waited", "came late"]
    assert not lane.busy
