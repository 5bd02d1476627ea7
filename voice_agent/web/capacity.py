"""How many calls at once, in all worker processes together.

The media socket takes a place and gives it back; the voice webhook only looks. A worker that is about to stop takes
no more, and when all run late the server takes none until one has recovered. Lateness is asked only when the phone
rings: a call that comes back after its socket was lost, or whose socket is on its way, is not a new one.
"""

from __future__ import annotations

from voice_agent.web.lateness import Lateness
from voice_agent.web.worker_board import WorkerLoad, WorkerRow


class Capacity:
    """Counts live calls. Safe to use from any thread."""

    def __init__(self, max_calls: int, lateness: Lateness | None = None, row: WorkerRow | None = None) -> None:
        """`lateness`: where this process's calls report how late they run; `row`: None when it has no siblings."""
        self.lateness = lateness or Lateness()
        self._max_calls = max_calls
        self._row = row or WorkerRow.alone()

    @property
    def live(self) -> int:
        """Calls that hold a place now."""
        return self._row.board.calls

    @property
    def full(self) -> bool:
        """Whether the next call would find no place."""
        return self.closed or self.live >= self._max_calls

    @property
    def late(self) -> bool:
        """Whether a new call would make it worse for live ones, whichever worker it came to."""
        self._tell()
        return self._row.board.late

    @property
    def p95_ms(self) -> float:
        """The lateness of the latest worker, 95th percentile over ten seconds."""
        self._tell()
        return self._row.board.p95_ms

    @property
    def closed(self) -> bool:
        """Whether the whole server drains."""
        return self._row.board.closed

    @property
    def draining(self) -> bool:
        """Whether this process does."""
        return self._row.draining

    def workers(self) -> list[WorkerLoad]:
        """The processes, and what each has to do."""
        return self._row.board.workers()

    def acquire(self) -> bool:
        """Take a place; False when there is none."""
        return self._row.take_place(self._max_calls)

    def release(self) -> None:
        """Give a place back."""
        self._row.give_back()

    def close(self) -> None:
        """No new calls in this process from now on: it drains."""
        self._row.drain()

    def _tell(self) -> None:
        late = self.lateness.late
        self._row.tell_lateness(self.lateness.p95_ms, late)
