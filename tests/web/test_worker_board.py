"""The workers' board: places, lateness and readiness of all, across real forks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from voice_agent.web.worker_board import BEAT_S, FRESH_S, WorkerBoard, WorkerRow, WorkerState


class Clock:
    """Seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(board: WorkerBoard, count: int) -> list[WorkerRow]:
    rows = [board.row(board.claim()) for _ in range(count)]
    for row in rows:
        row.open()
    return rows


def test_places_are_counted_over_all_workers() -> None:
    board = WorkerBoard(3)
    one, two = opened(board, 2)
    assert one.take_place(3)
    assert two.take_place(3)
    assert two.take_place(3)
    assert not one.take_place(3)
    assert board.calls == 3
    two.give_back()
    assert one.take_place(3)
    with pytest.raises(AssertionError, match="given back"):
        board.row(2).give_back()


def test_a_dead_workers_places_and_sockets_are_cleared_with_its_row() -> None:
    board = WorkerBoard(2)
    one, two = opened(board, 2)
    assert one.take_place(2)
    assert two.take_place(2)
    board.place_socket(one.number)
    board.clear(one.number)
    assert board.calls == 1
    assert [worker.state for worker in board.workers()] == [WorkerState.OPEN]
    assert board.claim() == one.number


def test_no_more_workers_than_rows() -> None:
    board = WorkerBoard(1)
    board.claim()
    with pytest.raises(AssertionError, match="1 worker processes"):
        board.claim()


def test_a_socket_goes_to_the_worker_with_the_fewest_and_stays_where_it_came_when_all_are_alike() -> None:
    board = WorkerBoard(3)
    one, two, three = (row.number for row in opened(board, 3))
    assert board.place_socket(two) == two
    assert board.place_socket(two) == one
    assert board.place_socket(two) == three
    board.socket_gone(three)
    assert board.place_socket(two) == three


def test_only_open_workers_get_sockets() -> None:
    board = WorkerBoard(3)
    one, two = opened(board, 2)
    starting = board.claim()
    one.drain()
    assert [board.place_socket(one.number) for _ in range(3)] == [two.number] * 3
    two.drain()
    assert board.place_socket(starting) == starting, "none is open: it stays where it came"


def test_a_late_worker_gets_no_socket_while_another_is_in_time() -> None:
    clock = Clock()
    board = WorkerBoard(2, clock)
    one, two = opened(board, 2)
    one.tell_lateness(800, True)
    two.tell_lateness(120, False)
    assert not board.late, "the other takes it"
    assert board.p95_ms == 800
    assert [board.place_socket(one.number) for _ in range(3)] == [two.number] * 3
    two.tell_lateness(700, True)
    assert board.late
    clock.now += FRESH_S + 1
    for row in (one, two):
        row.beat()
    assert not board.late, "nobody has told anything for a while: there are no calls"
    assert board.p95_ms == 0


def test_a_draining_worker_does_not_make_the_server_late_or_keep_it_from_being_late() -> None:
    board = WorkerBoard(2, Clock())
    one, two = opened(board, 2)
    one.tell_lateness(800, True)
    assert not board.late
    two.drain()
    assert board.late


def test_the_server_drains_when_no_worker_is_left() -> None:
    board = WorkerBoard(3)
    assert board.closed
    one, two = opened(board, 2)
    one.drain()
    assert not board.closed
    assert not one.take_place(5)
    assert two.take_place(5)
    two.drain()
    assert board.closed
    board.claim()
    assert not board.closed, "a new one is coming"


def test_ready_is_what_every_open_worker_found_lately() -> None:
    clock = Clock()
    board = WorkerBoard(3, clock)
    one, two = opened(board, 2)
    board.claim()  # starting: it is not asked
    one.tell_ready(True)
    assert not board.ready(30)
    two.tell_ready(True)
    assert board.ready(30)
    one.tell_ready(False)
    assert not board.ready(30)
    one.tell_ready(True)
    clock.now += 31
    one.beat()
    two.beat()
    assert not board.ready(30), "old answers do not count"


def test_a_worker_that_hangs_gets_no_calls_and_has_no_say() -> None:
    clock = Clock()
    board = WorkerBoard(2, clock)
    hangs, lives = opened(board, 2)
    lives.tell_ready(True)
    assert not board.ready(30)
    clock.now += BEAT_S + 1
    lives.beat()
    assert board.ready(30)
    assert [board.place_socket(hangs.number) for _ in range(3)] == [lives.number] * 3
    lives.tell_lateness(900, True)
    assert board.late
    hangs.beat()
    assert board.place_socket(lives.number) == hangs.number
    assert not board.late


def test_a_worker_leaves_at_once_when_nobody_replaces_it() -> None:
    board = WorkerBoard(3)
    one, _ = opened(board, 2)
    board.claim()
    assert one.may_leave()


def test_a_replaced_worker_leaves_once_all_its_successors_take_calls() -> None:
    board = WorkerBoard(4)
    (old,) = opened(board, 1)
    board.begin_generation()
    assert not old.may_leave(without_some=True), "they are not there yet"
    first, second = (board.row(board.claim()) for _ in range(2))
    assert not old.may_leave(without_some=True)
    first.open()
    assert not old.may_leave()
    assert old.may_leave(without_some=True)
    assert first.may_leave(), "it is new itself"
    second.open()
    assert old.may_leave()
    board.begin_generation()
    assert not first.may_leave()
    assert not old.may_leave(), "those who were to replace it are replaced too"


def test_a_replaced_worker_does_not_wait_for_successors_that_are_told_to_stop_as_well() -> None:
    board = WorkerBoard(2)
    (old,) = opened(board, 1)
    board.begin_generation()
    successor = board.row(board.claim())
    successor.drain()
    assert old.may_leave()
    successor.open()
    assert successor.draining, "it stays so"


def test_successors_that_could_not_begin_leave_the_calls_where_they_are() -> None:
    board = WorkerBoard(2)
    (old,) = opened(board, 1)
    board.begin_generation()
    board.clear(board.claim())
    assert not old.may_leave(without_some=True)
    assert board.place_socket(old.number) == old.number


def test_a_replaced_worker_gets_no_socket_while_a_successor_takes_some() -> None:
    board = WorkerBoard(3)
    old, _ = opened(board, 2)
    board.begin_generation()
    (successor,) = opened(board, 1)
    assert [board.place_socket(old.number) for _ in range(4)] == [successor.number] * 4


FORKING = """
import os, sys
from voice_agent.web.worker_board import WorkerBoard
board = WorkerBoard(4)
children = []
for _ in range(4):
    row = board.row(board.claim())
    if (pid := os.fork()) == 0:
        row.open()
        taken = sum(row.take_place(1000) for _ in range(400))
        for _ in range(400):
            board.place_socket(row.number)
        os._exit(0 if taken else 1)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
sockets = [board._get(row, 3) for row in range(4)]
print(board.calls, sum(sockets))
"""


def test_processes_never_take_more_places_than_there_are() -> None:
    told = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["1000", "1600"]


DYING = """
import os, signal, sys
from voice_agent.web.worker_board import WorkerBoard
board = WorkerBoard(2)
one, two = board.row(board.claim()), board.row(board.claim())
if (pid := os.fork()) == 0:
    one.open()
    with board._locked():
        os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(pid, 0)
two.open()
print(two.take_place(1))
"""


def test_a_worker_that_is_killed_while_it_holds_the_lock_blocks_nobody() -> None:
    told = subprocess.run([sys.executable, "-c", DYING], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "True"
