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
        self._go_on()

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

    def _go_on(self) -> None:
        try:
            self._threads.submit(self._run)
        except RuntimeError:
            # The process ends and its threads take no more: what a call still leaves behind is done here and now.
            more = True
            while more:
                try:
                    self._next()()
                finally:
                    more = self._more()

    def _run(self) -> None:
        try:
            self._next()()
        finally:
            # One piece a turn: other calls' lanes come in between.
            if self._more():
                self._go_on()

    def _next(self) -> Work:
        with self._idle:
            return self._waiting.popleft()

    def _more(self) -> bool:
        """A piece is done; whether others wait, and so the lane stays at it."""
        with self._idle:
            more = self._running = bool(self._waiting)
            self._idle.notify_all()
        return more
