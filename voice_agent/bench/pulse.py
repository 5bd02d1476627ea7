"""Signs of life while a run goes on."""

from __future__ import annotations

import threading
import time
from typing import Final

from voice_agent.bench.callers import Callers
from voice_agent.bench.orders import Progressed
from voice_agent.bench.statistics import quantile
from voice_agent.demo.progress import Progress

EVERY_S: Final = 4.0


class Pulse:
    """Collects the callers' news and prints a line every few seconds."""

    def __init__(self, progress: Progress, calls: int, callers: Callers) -> None:
        self.live = 0
        """Calls on a stream."""
        self._progress, self._calls = progress, calls
        self._lock = threading.Lock()
        self._gaps: list[float] = []
        self._late_ms = 0.0
        self._began = self._beat = time.monotonic()
        callers.on_progress = self._took

    def beat(self, left_s: float) -> None:
        """Print a line, if it is time."""
        now = time.monotonic()
        if now - self._beat < EVERY_S:
            return
        self._beat = now
        with self._lock:
            gaps, late_ms, self._late_ms = list(self._gaps), self._late_ms, 0.0
        gap = f"gap p50 {quantile(gaps, 0.5):,.0f} ms, p95 {quantile(gaps, 0.95):,.0f} ms" if gaps else "no reply yet"
        self._progress.say(
            f"  {_clock(now - self._began)}  {self.live} of {self._calls} live, {len(gaps)} replies, {gap}, "
            f"our clock late by up to {late_ms:.0f} ms; {_clock(max(0.0, left_s))} left"
        )

    def _took(self, news: Progressed) -> None:
        with self._lock:
            self.live = news.live
            self._gaps += news.gaps_ms
            self._late_ms = max(self._late_ms, news.late_ms)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
