"""Tells open pages that something changed, within a moment.

Server-sent events over the stream of changes, so that several servers show one queue. An event carries a position and
nothing else: what changed is fetched, by who may see it. Each open page holds a thread, so their number and their
time are bounded; a page that finds no place asks every two seconds instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import structlog
from flask import Blueprint, Response, request

from voice_agent.errors import CallStoreError
from voice_agent.ports import CaseDeskStore
from voice_agent.web.console.parts import Parts

log = structlog.get_logger(__name__)

BEAT_S: Final = 3.0
"""How often a page hears that the line to it stands; a page that hears nothing for thrice as long opens another."""
LIFETIME_S: Final = 120.0
"""A page opens another line after this; a gone browser holds a thread for one beat at most."""
RETRY_MS: Final = 1000


class Places:
    """How many pages may be held open by this process."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(most) if most else None

    def take(self) -> bool:
        """False when there is none."""
        return self._free is not None and self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """The page is gone."""
        if self._free is not None:
            self._free.release()


class Line:
    """One open page: an iterator of events. Whoever takes it closes it, and the place is free again."""

    def __init__(self, events: Iterator[str], places: Places) -> None:
        self._events = events
        self._places = places
        self._closed = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._events)

    def close(self) -> None:
        """Give the place back, once."""
        if not self._closed:
            self._closed = True
            self._places.give_back()


def told(store: CaseDeskStore, position: str, closing: Callable[[], bool], clock: Callable[[], float]) -> Iterator[str]:
    """Events for a page that knows all up to `position`, until its time is over. `clock` counts seconds."""
    until = clock() + LIFETIME_S
    yield f"retry: {RETRY_MS}\nid: {position}\nevent: changed\ndata: .\n\n"
    while clock() < until and not closing():
        try:
            changed = store.wait_for_change(position, BEAT_S)
        except CallStoreError as error:
            log.error("console_events_failed", problem=str(error))
            return
        if changed is None:
            yield "event: beat\ndata: .\n\n"
            continue
        position = changed
        yield f"id: {position}\nevent: changed\ndata: .\n\n"
    yield "event: again\ndata: .\n\n"


def add_events(console: Blueprint, parts: Parts, clock: Callable[[], float] = time.monotonic) -> None:
    """GET /console/events."""
    places = Places(parts.settings.live_pages)

    @console.get("/events")
    def events() -> Response:
        position = parts.case_store.last_change()
        if not places.take():
            return Response("No place is free: the page asks every two seconds.\n", 503, {"Retry-After": "30"})
        seen = request.headers.get("Last-Event-ID") or position
        line = Line(told(parts.case_store, seen, parts.closing, clock), places)
        answer = Response(line, mimetype="text/event-stream")
        answer.call_on_close(line.close)
        # A proxy that collects answers would hold events back.
        answer.headers["X-Accel-Buffering"] = "no"
        return answer
