"""All callers' media streams in one thread of a process of its own.

A caller costs some tenths of a per cent of a core, so forty of them leave the machine to the server. The loop waits for
the next of two things: a socket has something to read, or a caller's next 20 ms are due. It talks with the main process
over a pipe: orders in, news out.
"""

from __future__ import annotations

import gc
import heapq
import os
import queue
import selectors
import signal
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.bench.caller import Caller
from voice_agent.bench.facts import StreamFacts
from voice_agent.bench.orders import Closed, HangUp, Learned, Open, Prepare, Prepared, Progressed, Quit, Unknown
from voice_agent.bench.sounds import Studio
from voice_agent.bench.stream_end import StreamEnd, sentences
from voice_agent.bench.wire import Wire, WireClosedError

IDLE_S: Final = 0.25
PRIORITY: Final = -5
"""Where it is allowed: ahead of the server, for the few per cent of a core that the callers take."""
OPEN_WITHIN_MS: Final = 5000.0
LOST_MS: Final = 2000.0
"""Later than this and a clock gives up catching up: the machine was suspended."""


class _Held:
    """One call that this process holds."""

    def __init__(self, order: Open, studio: Studio, process: _Process, now_ms: float) -> None:
        self.order = order
        self.opened_ms = self.began_ms = self.due_ms = now_ms
        self.wire = Wire(order.url, order.headers)
        self.stream = StreamEnd(order.stream_id, order.role.line, echo=order.role.echo, send=self.wire.send)
        self.caller = Caller(order.role, studio, self.stream, process.knows, now_ms)
        self.late: list[float] = []
        self.closed = False
        self.heard = 0
        self.stream.start(order.call_id, order.account_id, order.parameters)

    def tick(self, now_ms: float) -> None:
        """20 ms."""
        late_ms = now_ms - self.due_ms
        second = int((now_ms - self.began_ms) // 1000)
        while len(self.late) <= second:
            self.late.append(0.0)
        self.late[second] = max(self.late[second], round(late_ms, 1))
        self.due_ms = now_ms + FRAME_MS if late_ms > LOST_MS else self.due_ms + FRAME_MS
        payload, peak, timing = self.caller.step(self.heard, now_ms)
        self.heard = self.stream.tick(payload, peak, timing, now_ms)

    def facts(self, now_ms: float, texts: dict[str, str]) -> StreamFacts:
        stream, caller = self.stream, self.caller
        stream.end(now_ms)
        return StreamFacts(
            began_ms=self.began_ms,
            ended_ms=now_ms,
            uttered=tuple(fact for saying in caller.said if (fact := saying.facts())),
            sentences=sentences(stream.spoken, texts),
            heard=stream.heard.all(),
            arrived=stream.arrivals.all(),
            clears=tuple(stream.clears),
            gave_up=caller.gave_up,
            late_ms=tuple(self.late),
            errors=tuple(stream.errors),
            said_levels=bytes(stream.said_levels),
            heard_levels=bytes(stream.heard_levels),
        )


class _Process:
    """The loop and what it needs."""

    def __init__(self, pipe: Connection, folder: Path, origin_s: float) -> None:
        self._pipe = pipe
        self._news: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_news, name="news", daemon=True)
        self._sender.start()
        self._studio = Studio(folder)
        self._origin_s = origin_s
        self._texts: dict[str, str] = {}
        self._told: dict[str, bool] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(pipe, selectors.EVENT_READ)
        self._calls: dict[str, _Held] = {}
        self._due: list[tuple[float, str]] = []
        self._report_ms = 0.0
        self._worst_ms = 0.0
        self._quit = False

    def now_ms(self) -> float:
        return (time.monotonic() - self._origin_s) * 1000

    def knows(self, key: str, mulaw: bytes) -> str | None:
        """What the main process has told us; what it has not is asked for, once."""
        text = self._texts.get(key)
        if text is None and not self._told.get(key):
            self._told[key] = True
            self._news.put(Unknown(key, mulaw, urgent=True))
        return text

    def run(self) -> None:
        while not self._quit:
            now = self.now_ms()
            wait_s = min(IDLE_S, max(0.0, (self._due[0][0] - now) / 1000)) if self._due else IDLE_S
            for ready, events in self._selector.select(wait_s):
                if ready.fileobj is self._pipe:
                    self._obey(self._order())
                else:
                    self._move(ready.data, events)
            self._tick_all()
            self._report()
        for held in list(self._calls.values()):
            self._close(held)
        self._news.put(None)
        self._sender.join()

    def _send_news(self) -> None:
        """In a thread of its own: a main process that is busy does not hold up the callers' clock."""
        with suppress(OSError):  # it is gone: nobody is left to tell
            while (news := self._news.get()) is not None:
                self._pipe.send(news)

    def _order(self) -> object:
        """The next order; when the main process is gone, that is one to stop."""
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            return Quit()

    def _obey(self, order: object) -> None:
        match order:
            case Prepare(roles=roles):
                for role in roles:
                    self._studio.room(role.noise_db)
                    for line in role.lines:
                        self._studio.sound(role.voice, role.pace, line, role.noise_db)
                gc.freeze()  # they stay: looking through them again and again would make the clock late
                self._news.put(Prepared())
            case Open():
                held = _Held(order, self._studio, self, self.now_ms())
                self._calls[order.call_id] = held
                self._selector.register(held.wire, selectors.EVENT_READ | selectors.EVENT_WRITE, held)
                heapq.heappush(self._due, (held.due_ms, order.call_id))
            case HangUp(call_id=call_id):
                if ended := self._calls.get(call_id):
                    self._close(ended)
            case Learned(texts=texts):
                self._texts |= texts
            case Quit():
                self._quit = True
            case _:
                raise AssertionError(f"no such order: {order!r}")

    def _move(self, held: _Held, events: int) -> None:
        """Read and write as far as the socket goes."""
        if held.closed:
            return
        try:
            if events & selectors.EVENT_WRITE:
                held.wire.flush()
            if events & selectors.EVENT_READ:
                for message in held.wire.receive():
                    held.stream.arrived(message, self.now_ms())
            self._watch(held)
        except WireClosedError as error:
            if str(error) != "closed":
                held.stream.errors.append(str(error))
            self._close(held, by_server=True)

    def _tick_all(self) -> None:
        while self._due and self._due[0][0] <= (now := self.now_ms()):
            _, call_id = heapq.heappop(self._due)
            held = self._calls.get(call_id)
            if held is None:
                continue
            try:
                self._tick(held, now)
            except WireClosedError as error:
                held.stream.errors.append(str(error))
                self._close(held, by_server=True)
                continue
            if not held.closed:
                heapq.heappush(self._due, (held.due_ms, call_id))

    def _tick(self, held: _Held, now: float) -> None:
        if not held.wire.open:
            # The clock starts with the upgrade; until then there is nobody to hear.
            held.due_ms = now + FRAME_MS
            held.began_ms = now
            if now - held.opened_ms > OPEN_WITHIN_MS:
                raise WireClosedError("31920: the media socket was not opened in time")
            return
        self._worst_ms = max(self._worst_ms, now - held.due_ms)
        held.tick(now)
        self._watch(held)
        if held.caller.gave_up:
            self._close(held)

    def _watch(self, held: _Held) -> None:
        """Wait for room to write only when something waits for it."""
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if held.wire.wants_to_write else 0)
        if self._selector.get_key(held.wire).events != wanted:
            self._selector.modify(held.wire, wanted, held)

    def _close(self, held: _Held, *, by_server: bool = False) -> None:
        held.closed = True
        self._selector.unregister(held.wire)
        if not by_server and held.wire.open:
            try:
                held.stream.stop(held.order.call_id, held.order.account_id)
                held.wire.say_goodbye()
            except WireClosedError as error:
                held.stream.errors.append(str(error))
        held.wire.close()
        del self._calls[held.order.call_id]
        for one in held.stream.spoken:
            if one.key and one.key not in self._texts and one.key not in self._told:
                self._told[one.key] = True
                self._news.put(Unknown(one.key, bytes(one.mulaw), urgent=False))
        facts = held.facts(self.now_ms(), self._texts)
        self._news.put(Closed(held.order.call_id, facts, held.caller.ends))

    def _report(self) -> None:
        now = self.now_ms()
        if now - self._report_ms < 1000:
            return
        self._report_ms = now
        gaps = []
        for held in self._calls.values():
            gaps += held.caller.gaps_ms
            held.caller.gaps_ms.clear()
        self._news.put(Progressed(len(self._calls), tuple(gaps), self._worst_ms))
        self._worst_ms = 0.0


def run(pipe: Connection, folder: Path, origin_s: float) -> None:
    """The process. `origin_s`: the monotonic time from which milliseconds count."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's to answer
    with suppress(PermissionError):
        os.nice(PRIORITY)  # a clock that waits for the server it measures would measure itself
    _Process(pipe, folder, origin_s).run()
