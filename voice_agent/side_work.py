"""Slow work beside the call, kept in order.

Recognition, synthesis, the dialog and the store are slower than 20 ms. Each call gives such work to a `Lane`: its
pieces run one after the other, on threads that all calls share, and what they return goes to the call's inbox.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

Work = Callable[[], None]


class Lane:
    """Runs one call's work of one kind strictly in order; never two pieces at once."""

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._waiting: deque[Work] = deque()
        self._running = False
        self._idle = threading.Condition()

    def add(self, work: Work) -> None:
        """Do `work` after all that was added before. It must not raise: its failures are events."""
        with self._idle:
            self._waiting.append(work)
            if self._running:
                return
            self._running = True
        self._threads.submit(self._run)

    @property
    def busy(self) -> bool:
        """Something is being done, or waits."""
        return self._running

    def __len__(self) -> int:
        """Pieces that wait: how far this lane is behind."""
        return len(self._waiting)

    def wait(self, timeout_s: float) -> bool:
        """Until all is done; False when that took too long."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._running, timeout_s)

    def _run(self) -> None:
        with self._idle:
            work = self._waiting.popleft()
        try:
            work()
        finally:
            with self._idle:
                # One piece a turn: other calls' lanes come in between.
                self._running = bool(self._waiting)
                again = self._running
                self._idle.notify_all()
            if again:
                self._threads.submit(self._run)
