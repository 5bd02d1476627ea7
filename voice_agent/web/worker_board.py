"""What the server's worker processes know of one another.

A table in memory that all of them share, a row for each. It is made before the first worker is forked. A worker writes
its own row; only where a media socket is to go is decided across rows, under a lock that the kernel takes back from a
process that dies. The parent clears a dead worker's row, and with it the places that the worker held.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

BEAT_S: Final = 5.0
"""A worker that gave no sign of life for so long hangs: no call is sent to it, and nobody waits for what it thinks."""
FRESH_S: Final = 10.0
"""What a worker told of its lateness holds for so long; it tells each second while it has calls."""


class WorkerState(IntEnum):
    """Where a worker is in its life."""

    NONE = 0
    """The row is free."""
    STARTING = 1
    OPEN = 2
    DRAINING = 3


class _Column(IntEnum):
    STATE = 0
    PID = 1
    CALLS = 2
    SOCKETS = 3
    LATE = 4
    P95_US = 5
    LATENESS_AT_MS = 6
    READY_AT_MS = 7
    BEAT_AT_MS = 8
    GENERATION = 9


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """One worker, as others see it."""

    pid: int
    state: WorkerState
    calls: int


class WorkerBoard:
    """The table. Safe to use from any thread of any process that was forked after it was made."""

    def __init__(self, rows: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, the same for all processes of the machine."""
        self.rows = rows
        self._clock = clock
        self._file = os.memfd_create("voice-agent-workers")
        weakref.finalize(self, os.close, self._file)
        size = (rows * len(_Column) + 1) * 8
        os.ftruncate(self._file, size)
        self._memory = mmap.mmap(self._file, size)
        self._cells = memoryview(self._memory).cast("q")
        self._lock = threading.Lock()

    # What all rows say together.

    @property
    def calls(self) -> int:
        """Calls that hold a place in any worker."""
        return sum(self._get(row, _Column.CALLS) for row in range(self.rows))

    @property
    def closed(self) -> bool:
        """Whether no worker takes calls any more, or will soon."""
        return not any(self._state(row) in {WorkerState.STARTING, WorkerState.OPEN} for row in range(self.rows))

    @property
    def late(self) -> bool:
        """Whether every worker that takes calls runs late: wherever a new call went, it would be too many."""
        taking = self._taking()
        return bool(taking) and all(self._is_late(row) for row in taking)

    @property
    def p95_ms(self) -> float:
        """The lateness of the worker that is latest."""
        rows = [row for row in range(self.rows) if self._state(row) is not WorkerState.NONE and self._knows(row)]
        return max((self._get(row, _Column.P95_US) / 1000 for row in rows), default=0.0)

    def ready(self, stale_after_s: float) -> bool:
        """Whether every worker that takes calls found lately that all its neighbours work."""
        oldest_ms = self._now_ms() - stale_after_s * 1000
        return all(self._get(row, _Column.READY_AT_MS) > oldest_ms for row in self._taking())

    def workers(self) -> list[WorkerLoad]:
        """All that there are."""
        return [
            WorkerLoad(self._get(row, _Column.PID), state, self._get(row, _Column.CALLS))
            for row in range(self.rows)
            if (state := self._state(row)) is not WorkerState.NONE
        ]

    @property
    def generation(self) -> int:
        """How often all workers have been replaced by others."""
        return self._cells[self.rows * len(_Column)]

    # What the parent does.

    def begin_generation(self) -> None:
        """Workers that are claimed from now on replace all that there are."""
        self._cells[self.rows * len(_Column)] += 1

    def claim(self) -> int:
        """A row for a worker that is about to be forked."""
        with self._locked():
            for row in range(self.rows):
                if self._state(row) is WorkerState.NONE:
                    self._set(row, _Column.GENERATION, self.generation)
                    self._set(row, _Column.STATE, WorkerState.STARTING)
                    return row
        raise AssertionError(f"{self.rows} worker processes at once: no more were foreseen")

    def clear(self, row: int) -> None:
        """Its worker is dead."""
        with self._locked():
            for column in _Column:
                self._set(row, column, 0)

    # Where a media socket goes.

    def place_socket(self, own: int) -> int:
        """The row whose worker is to hold the next media socket: in time, and with the fewest. Counted there at once.

        One that is being replaced gets none once a successor takes calls: it would soon have to move it.
        `own`: the row of who asks; it is taken when all are alike.
        """
        with self._locked():
            taking = self._taking()
            rows = [row for row in taking if not self._is_replaced(row)] or taking or [own]
            best = min(rows, key=lambda row: (self._is_late(row), self._get(row, _Column.SOCKETS), row != own))
            self._set(best, _Column.SOCKETS, self._get(best, _Column.SOCKETS) + 1)
            return best

    def socket_gone(self, row: int) -> None:
        """A socket that was placed there is closed, or never came."""
        with self._locked():
            self._set(row, _Column.SOCKETS, max(0, self._get(row, _Column.SOCKETS) - 1))

    def row(self, number: int) -> WorkerRow:
        """A worker's own row."""
        return WorkerRow(self, number)

    # For WorkerRow.

    def _take_place(self, row: int, max_calls: int) -> bool:
        with self._locked():
            if self._state(row) is WorkerState.DRAINING or self.calls >= max_calls:
                return False
            self._set(row, _Column.CALLS, self._get(row, _Column.CALLS) + 1)
            return True

    def _give_back(self, row: int) -> None:
        with self._locked():
            if self._get(row, _Column.CALLS) == 0:
                raise AssertionError("a place was given back that nobody had taken")
            self._set(row, _Column.CALLS, self._get(row, _Column.CALLS) - 1)

    def _may_leave(self, row: int, without_some: bool) -> bool:
        if not self._is_replaced(row):
            return True
        successors = [state for other in range(self.rows) if (state := self._successor_state(other))]
        if without_some:
            return any(state is not WorkerState.STARTING for state in successors)
        return bool(successors) and WorkerState.STARTING not in successors

    def _successor_state(self, row: int) -> WorkerState:
        """NONE for the row of one that is to leave, too."""
        return WorkerState.NONE if self._is_replaced(row) else self._state(row)

    def _is_replaced(self, row: int) -> bool:
        return self._get(row, _Column.GENERATION) < self.generation

    def _taking(self) -> list[int]:
        alive_ms = self._now_ms() - BEAT_S * 1000
        return [
            row
            for row in range(self.rows)
            if self._state(row) is WorkerState.OPEN and self._get(row, _Column.BEAT_AT_MS) >= alive_ms
        ]

    def _is_late(self, row: int) -> bool:
        return bool(self._get(row, _Column.LATE)) and self._knows(row)

    def _knows(self, row: int) -> bool:
        return self._now_ms() - self._get(row, _Column.LATENESS_AT_MS) <= FRESH_S * 1000

    def _state(self, row: int) -> WorkerState:
        return WorkerState(self._get(row, _Column.STATE))

    def _get(self, row: int, column: _Column) -> int:
        return self._cells[row * len(_Column) + column]

    def _set(self, row: int, column: _Column, value: int) -> None:
        self._cells[row * len(_Column) + column] = value

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The file's lock is between processes, and the kernel's: it ends with its holder. It knows no threads.
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)


class WorkerRow:
    """One worker's row, for the worker itself."""

    def __init__(self, board: WorkerBoard, number: int) -> None:
        self.board = board
        self.number = number

    @classmethod
    def alone(cls) -> WorkerRow:
        """The row of a process that has no siblings, open; it needs no beat."""
        board = WorkerBoard(1)
        row = cls(board, board.claim())
        row.open()
        row._tell(_Column.BEAT_AT_MS, 2**62)
        return row

    def open(self) -> None:
        """This process takes calls from now on, unless it has been told to drain already."""
        self._tell(_Column.PID, os.getpid())
        self.beat()
        if not self.draining:
            self._tell(_Column.STATE, WorkerState.OPEN)

    def beat(self) -> None:
        """A sign of life; each second."""
        self._tell(_Column.BEAT_AT_MS, self.board._now_ms())

    @property
    def draining(self) -> bool:
        """Whether it was told to."""
        return self.board._state(self.number) is WorkerState.DRAINING

    def drain(self) -> None:
        """No new calls from now on. Takes no lock: a signal handler may call it at any moment."""
        self._tell(_Column.STATE, WorkerState.DRAINING)

    def may_leave(self, *, without_some: bool = False) -> bool:
        """Whether this worker, told to stop, may drain: whoever replaces it takes calls, or is told to stop too.

        At once when nobody replaces it. `without_some`: one successor is enough, though others are still starting.
        """
        return self.board._may_leave(self.number, without_some)

    def take_place(self, max_calls: int) -> bool:
        """Take a place, if all workers together hold fewer than `max_calls`, and this one does not drain."""
        return self.board._take_place(self.number, max_calls)

    def give_back(self) -> None:
        """Give a place back."""
        self.board._give_back(self.number)

    def tell_lateness(self, p95_ms: float, late: bool) -> None:
        """How late this worker's calls run."""
        self._tell(_Column.P95_US, round(p95_ms * 1000))
        self._tell(_Column.LATE, late)
        self._tell(_Column.LATENESS_AT_MS, self.board._now_ms())

    def tell_ready(self, ready: bool) -> None:
        """Whether all neighbours work, as seen from here now."""
        self._tell(_Column.READY_AT_MS, self.board._now_ms() if ready else 0)

    def _tell(self, column: _Column, value: int) -> None:
        self.board._set(self.number, column, value)
