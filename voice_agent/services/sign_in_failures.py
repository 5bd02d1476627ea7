"""Redis: failed sign-ins to the console.

In Redis because the next try may come to another worker process. Keys are digests: no name and no address is kept.
"""

from __future__ import annotations

import hmac
from typing import cast

from voice_agent.records.encryption import Cipher
from voice_agent.services.sealed_redis import SealedRedis, milliseconds


class RedisSignInFailures(SealedRedis):
    """`ports.SignInFailures`. Safe to call from any thread."""

    def __init__(self, url: str, cipher: Cipher, timeout_s: float = 1.0) -> None:
        """`url` as Redis has it; connects to nothing yet. `cipher` gives the secret of the digests."""
        super().__init__(url, cipher, timeout_s)
        self._secret = cipher.derived_key("sign-ins").encode()

    def note(self, who: str, at_s: float, most: int, keep_s: float) -> None:
        name = self._name(who)
        with self._asking(), self._redis.pipeline(transaction=True) as together:
            together.lpush(name, repr(at_s))
            together.ltrim(name, 0, most - 1)
            together.pexpire(name, milliseconds(keep_s))
            together.execute()

    def when(self, who: str, nth: int) -> float | None:
        with self._asking():
            kept = cast("bytes | None", self._redis.lindex(self._name(who), nth - 1))
        return None if kept is None else float(kept)

    def forget(self, who: str) -> None:
        with self._asking():
            self._redis.delete(self._name(who))

    def _name(self, who: str) -> str:
        return f"sign-ins:{hmac.digest(self._secret, who.encode(), 'sha256').hex()}"
