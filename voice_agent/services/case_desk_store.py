"""Redis: what nurses did about cases, and the stream of changes.

As `call_store.py`: keys hold opaque tokens only, values are sealed under their key's name and run out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Final, cast

from voice_agent.call.case_work import CaseWork, ReviewItem
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import CHANGES, StoreSettings
from voice_agent.services.sealed_redis import SealedRedis, connection, milliseconds

LONGEST_WAIT_S: Final = 30
NEVER: Final = "0-0"
_POSITION: Final = re.compile(r"\d{1,20}-\d{1,20}")

# KEYS record, changes; ARGV sealed before ('' for none), sealed after, milliseconds to live, token.
_REPLACE: Final = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, '*', 'case', ARGV[4])
return 1
"""


class RedisCaseDeskStore(SealedRedis):
    """`ports.CaseDeskStore`; raises CallStoreError and nothing else. Safe to call from any thread."""

    def __init__(
        self, url: str, cipher: Cipher, settings: StoreSettings | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """`url` as Redis has it; connects to nothing yet. Raises SettingsError."""
        self._settings = settings or StoreSettings()
        super().__init__(url, cipher, self._settings.timeout_s)
        self._now = now
        # Waiting for a change is no failure: its answers may take as long as the wait.
        self._waiting = connection(url, self._settings.timeout_s + LONGEST_WAIT_S)
        self._replace = self._redis.register_script(_REPLACE)

    def load_work(self, token: str) -> CaseWork:
        return self._get(f"work:{token}", CaseWork) or CaseWork(token)

    def works(self, tokens: Sequence[str]) -> dict[str, CaseWork]:
        return {work.token: work for work in self._many([f"work:{token}" for token in tokens], CaseWork)}

    def replace_work(self, work: CaseWork, *, expected_version: int) -> bool:
        name = f"work:{work.token}"
        with self._asking():
            sealed = cast("bytes | None", self._redis.get(name))
        current = self._opened(name, sealed, CaseWork) or CaseWork(work.token)
        if current.version != expected_version:
            return False
        ttl_ms = milliseconds(self._settings.work_ttl_s)
        with self._asking():
            return bool(
                self._replace(keys=[name, CHANGES], args=[sealed or b"", self._sealed(name, work), ttl_ms, work.token])
            )

    def add_review(self, item: ReviewItem) -> None:
        name, ttl_ms = f"review:{item.id}", milliseconds(self._settings.review_ttl_s)
        with self._asking(), self._redis.pipeline(transaction=True) as together:
            together.set(name, self._sealed(name, item), px=ttl_ms)
            together.zadd("reviews", {item.id: milliseconds(self._now())})
            together.execute()

    def reviews(self) -> list[ReviewItem]:
        oldest = milliseconds(self._now() - self._settings.review_ttl_s)
        with self._asking():
            self._redis.zremrangebyscore("reviews", "-inf", oldest)
            found = cast("list[bytes]", self._redis.zrevrange("reviews", 0, -1))
        return self._many([f"review:{review.decode()}" for review in found], ReviewItem)

    def close_review(self, review_id: str) -> bool:
        with self._asking(), self._redis.pipeline(transaction=True) as together:
            together.delete(f"review:{review_id}")
            together.zrem("reviews", review_id)
            deleted, _ = together.execute()
        return bool(deleted)

    def last_change(self) -> str:
        with self._asking():
            newest = cast("list[tuple[bytes, object]]", self._redis.xrevrange(CHANGES, count=1))
        return newest[0][0].decode() if newest else NEVER

    def wait_for_change(self, after: str, wait_s: float) -> str | None:
        """Any number of changes at once count as one. A position that is none is that of an empty stream."""
        position = after if _POSITION.fullmatch(after) else NEVER
        with self._asking():
            found = self._waiting.xread({CHANGES: position}, block=milliseconds(min(wait_s, LONGEST_WAIT_S)))
        return self.last_change() if found else None

    def close(self) -> None:
        """Close the connections."""
        super().close()
        self._waiting.close()
