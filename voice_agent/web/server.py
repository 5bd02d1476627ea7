"""gunicorn: one process, a thread a call.

One process, because the Vosk model and the calls live in it; gthread, because each media socket holds a thread. The
threads beyond `max_calls` are for webhooks, so that live sockets can never starve them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

log = structlog.get_logger(__name__)

WEBHOOK_THREADS: Final = 24
DRAIN_S: Final = 20
"""How long a stopping server may take to hand its calls on."""


class Server(BaseApplication):  # type: ignore[misc]
    """Runs the application until it is told to stop."""

    def __init__(self, build: Callable[[], tuple[Flask, Callable[[], None]]], host: str, port: int, calls: int) -> None:
        """`build`: makes the application and its drain, in the worker, since threads do not survive a fork."""
        self._build = build
        self._drain: Callable[[], None] | None = None
        self._options: dict[str, Any] = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": calls + WEBHOOK_THREADS,
            "timeout": 60,
            "graceful_timeout": DRAIN_S,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": self._on_stop,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        app, self._drain = self._build()
        return app

    def _on_stop(self, worker: Any) -> None:
        """Drain first, then stop as gunicorn does."""
        stop = signal.getsignal(signal.SIGTERM)

        def drain_and_stop(number: int, frame: FrameType | None) -> None:
            log.info("draining")
            if self._drain:
                self._drain()
            if callable(stop):
                stop(number, frame)

        signal.signal(signal.SIGTERM, drain_and_stop)
