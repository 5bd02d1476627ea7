"""What nurses did about cases, in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from voice_agent.call.case_work import CaseWork, ReviewItem
from voice_agent.fakes.changes import ChangeLog


class InMemoryCaseDesk:
    """`ports.CaseDeskStore` in dicts, with a clock that counts seconds."""

    def __init__(
        self,
        changes: ChangeLog | None = None,
        *,
        work_ttl_s: float = 14 * 24 * 3600,
        review_ttl_s: float = 30 * 24 * 3600,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`changes`: the call store's, so that a watcher of one sees the other's."""
        self._changes = changes or ChangeLog()
        self._work_ttl_s, self._review_ttl_s = work_ttl_s, review_ttl_s
        self._now = now
        self._works: dict[str, tuple[CaseWork, float]] = {}
        self._reviews: dict[str, tuple[ReviewItem, float]] = {}
        self._lock = threading.RLock()

    def load_work(self, token: str) -> CaseWork:
        with self._lock:
            work, until = self._works.get(token, (CaseWork(token), float("inf")))
            return work if self._now() < until else CaseWork(token)

    def works(self, tokens: Sequence[str]) -> dict[str, CaseWork]:
        found = (self.load_work(token) for token in tokens)
        return {work.token: work for work in found if work.version}

    def replace_work(self, work: CaseWork, *, expected_version: int) -> bool:
        with self._lock:
            if self.load_work(work.token).version != expected_version:
                return False
            self._works[work.token] = (work, self._now() + self._work_ttl_s)
        self._changes.add()
        return True

    def add_review(self, item: ReviewItem) -> None:
        with self._lock:
            self._reviews[item.id] = (item, self._now() + self._review_ttl_s)

    def reviews(self) -> list[ReviewItem]:
        with self._lock:
            return [item for item, until in reversed(self._reviews.values()) if self._now() < until]

    def close_review(self, review_id: str) -> bool:
        with self._lock:
            return self._reviews.pop(review_id, None) is not None

    def last_change(self) -> str:
        return self._changes.last()

    def wait_for_change(self, after: str, wait_s: float) -> str | None:
        return self._changes.wait(after, wait_s)
