"""The callers' process, as the main process sees it."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from voice_agent.bench import caller_process
from voice_agent.bench.cast import Role
from voice_agent.bench.orders import Closed, HangUp, Learned, Open, Prepare, Prepared, Progressed, Quit, Unknown
from voice_agent.bench.understanding import Understanding
from voice_agent.errors import VoiceAgentError


class BenchError(VoiceAgentError):
    """The bench itself could not go on."""

    code = "bench"


class Callers:
    """A context manager: inside, streams can be opened. Safe from any thread."""

    def __init__(self, model: Path, folder: Path, origin_s: float) -> None:
        """`model`: the ears; `folder`: for what was rendered and understood; `origin_s`: see `caller_process.run`."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=caller_process.run, args=(theirs, folder / "spoken", origin_s), name="bench-callers", daemon=True
        )
        self._origin_s = origin_s
        self._theirs = theirs
        self._lock = threading.Lock()
        self._prepared = threading.Event()
        self._lost = threading.Event()
        self._waiting: dict[str, tuple[threading.Event, list[Closed]]] = {}
        self._understanding = Understanding(model, folder, lambda texts: self._send(Learned(texts)))
        self._reader = threading.Thread(target=self._read, name="bench-news", daemon=True)
        self.on_progress: Callable[[Progressed], None] = lambda news: None
        """Called once a second, from a thread."""

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        self._reader.start()
        self._send(Learned(dict(self._understanding.texts)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._send(Quit())
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
        self._reader.join(5)
        self._understanding.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def texts(self) -> dict[str, str]:
        """Sentence → words, as far as understood."""
        return self._understanding.texts

    def now_ms(self) -> float:
        """On the bench's clock."""
        return (time.monotonic() - self._origin_s) * 1000

    def prepare(self, roles: Sequence[Role]) -> None:
        """Have all that these may say in memory. Raises BenchError when the process dies over it."""
        self._prepared.clear()
        self._send(Prepare(tuple(roles)))
        while not self._prepared.wait(0.2):
            if self._lost.is_set():
                raise BenchError("The process of the callers has stopped by itself.")

    def open(self, order: Open) -> threading.Event:
        """Open a stream; the event is set once it has ended, and then `closed` tells how."""
        over = threading.Event()
        with self._lock:
            self._waiting[order.call_id] = (over, [])
        if self._lost.is_set():
            over.set()
        self._send(order)
        return over

    def closed(self, call_id: str) -> Closed | None:
        """What came of a stream that has ended; None when the process died."""
        with self._lock:
            found = self._waiting.pop(call_id)[1]
        return found[0] if found else None

    def hang_up(self, call_id: str) -> None:
        self._send(HangUp(call_id))

    def understand_rest(self, within_s: float) -> None:
        """After a run: see `Understanding.catch_up`."""
        self._understanding.catch_up(within_s)

    def _send(self, order: object) -> None:
        with suppress(OSError), self._lock:  # a process that is gone is noticed by the reader
            self._pipe.send(order)

    def _read(self) -> None:
        try:
            while True:
                self._took(self._pipe.recv())
        except (EOFError, OSError):
            self._lost.set()
            with self._lock:
                for over, _ in self._waiting.values():
                    over.set()

    def _took(self, news: object) -> None:
        match news:
            case Closed(call_id=call_id):
                with self._lock:
                    over, found = self._waiting[call_id]
                    found.append(news)
                over.set()
            case Unknown(key=key, mulaw=mulaw, urgent=urgent):
                self._understanding.unknown(key, mulaw, urgent=urgent)
            case Progressed():
                self.on_progress(news)
            case Prepared():
                self._prepared.set()
            case _:
                raise AssertionError(f"no such news: {news!r}")
