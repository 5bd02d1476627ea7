"""gunicorn: some processes, in each a thread a call.

Python runs one thread at a time in a process, so there are as many processes as cores. Each has its own model and its
own calls; what they must know of one another stands on the `WorkerBoard`. gthread, because each media socket holds a
thread: one for each call, and one for each caller who waits for a nurse. The threads beyond those are for webhooks, so
that live sockets can never starve them.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.errors import HaltServer

from voice_agent.web.media_worker import Inboxes, MediaWorker
from voice_agent.web.worker_board import WorkerBoard, WorkerRow, WorkerState

log = structlog.get_logger(__name__)

WEBHOOK_THREADS: Final = 24
DRAIN_S: Final = 20
"""How long a stopping server may take to hand its calls on."""
TRY_AGAIN_S: Final = 1.0
ROWS_A_WORKER: Final = 4
"""While a worker drains, its successor runs already; and an operator may do that more than once."""


class Server(BaseApplication):  # type: ignore[misc]
    """Runs the application until it is told to stop."""

    def __init__(
        self,
        build: Callable[[WorkerRow], tuple[Flask, Callable[[], None]]],
        host: str,
        port: int,
        calls: int,
        workers: int = 1,
    ) -> None:
        """`build`: makes the application and its drain, in each worker, since threads do not survive a fork.

        `calls`: the most that one worker may hold, which is the most of all: another may be dead.
        """
        self._build = build
        self._drain: Callable[[], None] | None = None
        self._board = WorkerBoard(ROWS_A_WORKER * workers)
        self.inboxes = Inboxes(self._board.rows)
        self.row: WorkerRow
        """In a worker: its own."""
        self._options: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "worker_class": MediaWorker,
            "threads": 2 * calls + WEBHOOK_THREADS,
            "timeout": 60,
            "graceful_timeout": DRAIN_S,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": self._when_ready,
            "on_reload": self._on_reload,
            "pre_fork": self._pre_fork,
            "post_fork": self._post_fork,
            "post_worker_init": self._post_worker_init,
            "child_exit": self._child_exit,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def run(self) -> None:
        """Until it is told to stop. Exits with 3 when no worker can begin."""
        try:
            super().run()
        except HaltServer as error:
            # A second worker failed while gunicorn was stopping because of the first.
            sys.exit(error.exit_status)

    def load(self) -> Flask:
        try:
            app, self._drain = self._build(self.row)
        except Exception:
            if all(worker.state is WorkerState.STARTING for worker in self._board.workers()):
                raise  # at the start: gunicorn ends the server, and tells why
            # Others hold calls. They must not end because this one could not begin; the parent will try again.
            log.exception("worker_not_built")
            time.sleep(TRY_AGAIN_S)
            sys.exit(1)
        return app

    def drain(self) -> None:
        """In a worker that is to stop: hand its calls on."""
        log.info("draining")
        if self._drain:
            self._drain()

    # In the parent.

    def _when_ready(self, arbiter: Any) -> None:
        """What is loaded by now stays shared: a collection in a worker would touch, and so copy, all of it."""
        gc.collect()
        gc.freeze()

    def _on_reload(self, arbiter: Any) -> None:
        self._board.begin_generation()

    def _pre_fork(self, arbiter: Any, worker: Any) -> None:
        worker.row = self._board.claim()

    def _child_exit(self, arbiter: Any, worker: Any) -> None:
        """However it died: its calls hold no places any more."""
        self._board.clear(worker.row)
        self.inboxes.clear(worker.row)

    # In a worker.

    def _post_fork(self, arbiter: Any, worker: Any) -> None:
        self.row = self._board.row(worker.row)

    def _post_worker_init(self, worker: Any) -> None:
        """It is built: it takes calls."""
        self.row.open()
