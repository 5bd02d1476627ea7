"""Steps that say how long they take."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

QUIET_S: Final = 1.5
"""A step that is over within this time says nothing until it is done."""
REPEAT_S: Final = 15.0
"""On a log, where a line cannot be written over, a long step speaks up this often."""


class Progress:
    """Prints each step with the seconds it took; on a terminal the seconds count up in place."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._live = out.isatty()
        self._lock = threading.Lock()

    def say(self, line: str = "") -> None:
        """One line of plain text; lines of several threads do not mix."""
        with self._lock:
            self._out.write(f"{line}\n")
            self._out.flush()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Around work that may take a while."""
        began = time.monotonic()
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(name, began, over), daemon=True)
        ticker.start()
        ended = "failed after"
        try:
            yield
            ended = "done in"
        finally:
            over.set()
            ticker.join()
            start = "\r" if self._live else ""
            self.say(f"{start}  {name}: {ended} {time.monotonic() - began:.1f} s")

    def _tick(self, name: str, began: float, over: threading.Event) -> None:
        pause = QUIET_S
        while not over.wait(pause):
            seconds = int(time.monotonic() - began)
            if self._live:
                self._out.write(f"\r  {name} … {seconds} s ")
                pause = 1.0
            else:
                self._out.write(f"  {name} … {seconds} s\n")
                pause = REPEAT_S
            self._out.flush()
