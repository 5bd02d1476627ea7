"""Lateness: ours counts, the network's does not."""

from __future__ import annotations

import pytest

from voice_agent.web.lateness import Lateness, LoopWatch


class Loop:
    """A call's loop on a clock that is turned by hand."""

    def __init__(self) -> None:
        self.watch = LoopWatch()
        self.now = 1000.0

    def step(self, *, waited_ms: float, worked_ms: float, message: bool = True) -> float:
        """Wait, work, and come back; by how much it is late then."""
        self.watch.waits(self.now, 20)
        self.now += waited_ms
        self.watch.woke(self.now, message)
        self.now += worked_ms
        return self.watch.waits(self.now, 20)


def test_a_loop_that_waits_is_in_time() -> None:
    loop = Loop()
    assert [loop.step(waited_ms=19, worked_ms=1) for _ in range(50)] == [1.0] * 50


def test_before_its_first_wait_nothing_is_late() -> None:
    assert LoopWatch().waits(5000, 20) == 0


def test_work_that_takes_long_is_late_until_the_queue_is_worked_off() -> None:
    loop = Loop()
    assert loop.step(waited_ms=19, worked_ms=300) == 300
    for done in range(1, 11):
        assert loop.step(waited_ms=0.01, worked_ms=2) == pytest.approx(300 + done * 2.01)
    assert loop.step(waited_ms=15, worked_ms=1) == 1


def test_a_burst_after_a_gap_of_the_network_counts_only_what_it_takes_to_work_off() -> None:
    """Two seconds of nothing, then a hundred frames at once."""
    loop = Loop()
    for _ in range(100):
        assert loop.step(waited_ms=20, worked_ms=0, message=False) == 0
    worst = max(loop.step(waited_ms=0 if frame else 5, worked_ms=0.3) for frame in range(100))
    assert worst == pytest.approx(30)


def test_a_thread_that_is_not_let_run_is_late() -> None:
    loop = Loop()
    assert loop.step(waited_ms=170, worked_ms=0, message=False) == 150
    assert loop.step(waited_ms=170, worked_ms=5, message=True) == 155


class Server:
    """Lateness of all calls, on a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.lateness = Lateness(500, lambda: self.now)

    def second(self, *late_ms: float) -> None:
        """Five reports of each call in a second."""
        for _ in range(5):
            self.now += 0.2
            for each in late_ms:
                self.lateness.report(each)


def test_without_calls_nothing_is_late() -> None:
    server = Server()
    assert server.lateness.p95_ms == 0
    assert not server.lateness.late


def test_one_hiccup_is_not_lateness() -> None:
    server = Server()
    for _ in range(10):
        server.second(10)
    server.lateness.report(3000)
    server.lateness.report(3000)
    assert server.lateness.p95_ms == 10
    assert not server.lateness.late


def test_the_first_samples_of_a_call_decide_nothing() -> None:
    server = Server()
    for _ in range(3):
        server.second(800)
    assert not server.lateness.late
    server.second(800)
    assert server.lateness.late


def test_one_call_of_twenty_may_suffer_alone() -> None:
    server = Server()
    for _ in range(10):
        server.second(*[20] * 19, 2000)
    assert not server.lateness.late
    for _ in range(10):
        server.second(*[20] * 18, 2000, 2000)
    assert server.lateness.late


def test_late_until_it_has_plainly_recovered() -> None:
    server = Server()
    for _ in range(10):
        server.second(600, 600)
    assert server.lateness.late
    for _ in range(11):
        server.second(400, 400)
    assert server.lateness.p95_ms == 400
    assert server.lateness.late, "below the limit, but not by much"
    for _ in range(11):
        server.second(250, 250)
    assert not server.lateness.late
    for _ in range(11):
        server.second(400, 400)
    assert not server.lateness.late


def test_what_is_over_ten_seconds_old_is_forgotten() -> None:
    server = Server()
    for _ in range(10):
        server.second(600)
    assert server.lateness.late
    server.now += 10.1
    assert server.lateness.p95_ms == 0
    assert not server.lateness.late, "the last call has gone"


def test_the_other_processes_hear_of_it_each_second_while_there_are_calls() -> None:
    now, told = [100.0], []
    lateness = Lateness(500, lambda: now[0], lambda p95_ms, late: told.append((p95_ms, late)))
    for number in range(30):
        lateness.report(600 if number else 20)
        now[0] += 0.2
    assert told[0] == (20, False)
    assert told[-1] == (600, True)
    assert len(told) == 6
