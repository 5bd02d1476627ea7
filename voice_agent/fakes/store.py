"""An in-memory call store with a clock.

Stands in for Redis in tests and replay. Values are frozen, so no copy is needed; what is set to run out does, by the
clock that it is given.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.errors import CallStoreError
from voice_agent.fakes.changes import ChangeLog
from voice_agent.ports import CallRecord


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    until: float


class InMemoryCallStore:
    """`ports.CallStore` in a dict. `fail(why)` makes every call raise CallStoreError until `mend()`."""

    def __init__(
        self,
        *,
        token_ttl_s: float = 60,
        transfer_ttl_s: float = 3 * 24 * 3600,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token_ttl_s = token_ttl_s
        self._transfer_ttl_s = transfer_ttl_s
        self._now = now
        self._kept: dict[str, _Kept] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self._trouble: str | None = None
        self.changes = ChangeLog()
        """Grows with every change of a transfer or a call-back."""

    def fail(self, why: str = "the call store is down") -> None:
        """From now on nothing works."""
        self._trouble = why

    def mend(self) -> None:
        """From now on everything works again; nothing was lost."""
        self._trouble = None

    def mint_stream_token(self, call_id: str, facts: Mapping[str, str]) -> str:
        token = f"token-{next(self._numbers)}"
        self._put(f"stream:{token}", (call_id, dict(facts)), self._token_ttl_s)
        return token

    def take_stream_token(self, token: str) -> tuple[str, dict[str, str]] | None:
        with self._lock:
            found: tuple[str, dict[str, str]] | None = self._get(f"stream:{token}")
            self._kept.pop(f"stream:{token}", None)
            return found

    def save_call(self, record: CallRecord) -> None:
        self._put(f"call:{record.call_id}", record, self._transfer_ttl_s)

    def load_call(self, call_id: str) -> CallRecord | None:
        record: CallRecord | None = self._get(f"call:{call_id}")
        return record

    def create_transfer(self, transfer: Transfer) -> bool:
        with self._lock:
            if self._get(f"transfer-of:{transfer.call_id}") is not None:
                return False
            self._put(f"transfer-of:{transfer.call_id}", transfer.token, self._transfer_ttl_s)
            self._put(f"transfer:{transfer.token}", transfer, self._transfer_ttl_s)
            self.changes.add()
            return True

    def load_transfer(self, token: str) -> Transfer | None:
        transfer: Transfer | None = self._get(f"transfer:{token}")
        return transfer

    def replace_transfer(self, transfer: Transfer, *, expected_version: int) -> bool:
        name = f"transfer:{transfer.token}"
        with self._lock:
            current: Transfer | None = self._get(name)
            if current is None or current.version != expected_version:
                return False
            self._kept[name] = _Kept(transfer, self._kept[name].until)
            self.changes.add()
            return True

    def transfer_of_call(self, call_id: str) -> Transfer | None:
        token: str | None = self._get(f"transfer-of:{call_id}")
        return self.load_transfer(token) if token else None

    def unsettled_transfers(self) -> list[Transfer]:
        return [transfer for transfer in self._all("transfer:") if not transfer.settled]

    def claim(self, name: str, seconds: float) -> bool:
        with self._lock:
            if self._get(f"claim:{name}") is not None:
                return False
            self._put(f"claim:{name}", True, seconds)
            return True

    def remember_caller(self, number: str, token: str, seconds: float) -> None:
        self._put(f"caller:{number}", token, seconds)

    def case_of_caller(self, number: str) -> str | None:
        token: str | None = self._get(f"caller:{number}")
        return token

    def save_summary(self, token: str, summary: CallSummary) -> None:
        self._put(f"summary:{token}", summary, self._transfer_ttl_s)

    def load_summary(self, token: str) -> CallSummary | None:
        summary: CallSummary | None = self._get(f"summary:{token}")
        return summary

    def recent_transfers(self, limit: int = 100) -> list[Transfer]:
        return list(reversed(self._all("transfer:")))[:limit]

    def open_callback(self, task: CallbackTask) -> bool:
        with self._lock:
            if self._get(f"callback:{task.token}") is not None:
                return False
            self._put(f"callback:{task.token}", task, self._transfer_ttl_s)
            self.changes.add()
            return True

    def callbacks(self) -> list[CallbackTask]:
        return sorted(self._all("callback:"), key=lambda task: task.due_at)

    def close_callback(self, token: str) -> bool:
        with self._lock:
            found = self._get(f"callback:{token}")
            self._kept.pop(f"callback:{token}", None)
            self.changes.add()
            return found is not None

    def check(self) -> str | None:
        return self._trouble

    def _put(self, name: str, value: Any, ttl_s: float) -> None:
        with self._lock:
            self._raise_trouble()
            self._kept[name] = _Kept(value, self._now() + ttl_s)

    def _get(self, name: str) -> Any:
        with self._lock:
            self._raise_trouble()
            kept = self._kept.get(name)
            if kept is not None and kept.until <= self._now():
                del self._kept[name]
                return None
            return kept.value if kept else None

    def _all(self, prefix: str) -> list[Any]:
        """Values whose name begins with `prefix`, in the order in which they were first kept."""
        with self._lock:
            self._raise_trouble()
            names = [name for name in self._kept if name.startswith(prefix)]
            return [value for name in names if (value := self._get(name)) is not None]

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise CallStoreError(self._trouble)


class InMemorySignInFailures:
    """`ports.SignInFailures` in memory. `now`: Unix time in seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._kept: dict[str, tuple[list[float], float]] = {}

    def note(self, who: str, at_s: float, most: int, keep_s: float) -> None:
        self._kept[who] = ([at_s, *self._times(who)][:most], self._now() + keep_s)

    def when(self, who: str, nth: int) -> float | None:
        times = self._times(who)
        return times[nth - 1] if nth <= len(times) else None

    def forget(self, who: str) -> None:
        self._kept.pop(who, None)

    def _times(self, who: str) -> list[float]:
        times, until = self._kept.get(who, ([], 0.0))
        return times if self._now() < until else []
