"""Redis: what of a call outlives its process.

Keys hold opaque tokens and CallSids only; every value is sealed under its own key's name (`records/encryption.py`)
and runs out. What must be one step is one Lua script. All names stand in one Redis; a cluster is not foreseen.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.ports import CallRecord
from voice_agent.records.encryption import Cipher
from voice_agent.services.sealed_redis import SealedRedis, milliseconds
from voice_agent.strict_yaml import STRICT

TOKEN_BYTES: Final = 24
CHANGES: Final = "changes"
"""A stream: every change of a transfer, a call-back or a case stands in it, so that all consoles show one queue."""
UNSETTLED: Final = "transfers:unsettled"

# KEYS claim, transfer, index, changes, index of the unsettled.
# ARGV sealed token, sealed transfer, milliseconds to live, token, now in ms.
# The claim is the SET NX: of two that start a transfer for one call, one wins.
_CREATE_TRANSFER: Final = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[3]) then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[5] - ARGV[3])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 1000, '*', 'case', ARGV[4])
redis.call('ZADD', KEYS[5], ARGV[5], ARGV[4])
return 1
"""
# The sealed bytes that were read are what is compared: each sealing is different, so equal bytes are the same version.
# KEYS record, changes, index of the unsettled; ARGV sealed before, sealed after, token, now in ms, 1 when settled now.
_REPLACE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, '*', 'case', ARGV[3])
if ARGV[5] == '1' then redis.call('ZREM', KEYS[3], ARGV[3])
else redis.call('ZADD', KEYS[3], 'NX', ARGV[4], ARGV[3]) end
return 1
"""
_OPEN_CALLBACK: Final = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 1000, '*', 'case', ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """How long things live, in seconds."""

    __pydantic_config__ = STRICT

    token_ttl_s: float = 60
    """A stream token: Twilio opens the socket within a second or two of our answer."""
    call_ttl_s: float = 6 * 3600
    """What is known of a running call; Twilio ends a call after four hours."""
    transfer_ttl_s: float = 3 * 24 * 3600
    summary_ttl_s: float = 3 * 24 * 3600
    callback_ttl_s: float = 14 * 24 * 3600
    """An open call-back; long, because it is a promise."""
    work_ttl_s: float = 14 * 24 * 3600
    """What nurses did about a case, since the last change."""
    review_ttl_s: float = 30 * 24 * 3600
    """A disagreement on the review list: it holds the caller's words."""
    timeout_s: float = 1.0
    """How long Redis may take for one answer: a caller is waiting."""


@dataclass(frozen=True, slots=True)
class StreamPass:
    """What a stream token stands for."""

    call_id: str
    facts: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """Which transfer a call has."""

    token: str


class RedisCallStore(SealedRedis):
    """`ports.CallStore`; raises CallStoreError and nothing else. Safe to call from any thread."""

    def __init__(
        self, url: str, cipher: Cipher, settings: StoreSettings | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """`url` as Redis has it (`redis://…`, `rediss://…`); connects to nothing yet. Raises SettingsError."""
        self._settings = settings or StoreSettings()
        super().__init__(url, cipher, self._settings.timeout_s)
        self._number_key = bytes.fromhex(cipher.derived_key("callers"))
        self._now = now
        self._create_transfer = self._redis.register_script(_CREATE_TRANSFER)
        self._replace = self._redis.register_script(_REPLACE)
        self._open_callback = self._redis.register_script(_OPEN_CALLBACK)

    def mint_stream_token(self, call_id: str, facts: Mapping[str, str]) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._put(f"stream:{token}", StreamPass(call_id, dict(facts)), self._settings.token_ttl_s)
        return token

    def take_stream_token(self, token: str) -> tuple[str, dict[str, str]] | None:
        name = f"stream:{token}"
        with self._asking():
            sealed = cast("bytes | None", self._redis.getdel(name))
        found = self._opened(name, sealed, StreamPass)
        return (found.call_id, found.facts) if found else None

    def save_call(self, record: CallRecord) -> None:
        self._put(f"call:{record.call_id}", record, self._settings.call_ttl_s)

    def load_call(self, call_id: str) -> CallRecord | None:
        return self._get(f"call:{call_id}", CallRecord)

    def create_transfer(self, transfer: Transfer) -> bool:
        claim, name = f"transfer-of:{transfer.call_id}", f"transfer:{transfer.token}"
        with self._asking():
            created = self._create_transfer(
                keys=[claim, name, "transfers", CHANGES, UNSETTLED],
                args=[
                    self._sealed(claim, Claim(transfer.token)),
                    self._sealed(name, transfer),
                    milliseconds(self._settings.transfer_ttl_s),
                    transfer.token,
                    milliseconds(self._now()),
                ],
            )
        return bool(created)

    def load_transfer(self, token: str) -> Transfer | None:
        return self._get(f"transfer:{token}", Transfer)

    def replace_transfer(self, transfer: Transfer, *, expected_version: int) -> bool:
        name = f"transfer:{transfer.token}"
        with self._asking():
            sealed = cast("bytes | None", self._redis.get(name))
        current = self._opened(name, sealed, Transfer)
        if current is None or sealed is None or current.version != expected_version:
            return False
        after, now = self._sealed(name, transfer), milliseconds(self._now())
        with self._asking():
            args: list[bytes | str | int] = [sealed, after, transfer.token, now, int(transfer.settled)]
            return bool(self._replace(keys=[name, CHANGES, UNSETTLED], args=args))

    def transfer_of_call(self, call_id: str) -> Transfer | None:
        claim = self._get(f"transfer-of:{call_id}", Claim)
        return self.load_transfer(claim.token) if claim else None

    def unsettled_transfers(self) -> list[Transfer]:
        oldest = milliseconds(self._now() - self._settings.transfer_ttl_s)
        with self._asking():
            self._redis.zremrangebyscore(UNSETTLED, "-inf", oldest)
            tokens = cast("list[bytes]", self._redis.zrange(UNSETTLED, 0, -1))
        return self._many([f"transfer:{token.decode()}" for token in tokens], Transfer)

    def claim(self, name: str, seconds: float) -> bool:
        with self._asking():
            return bool(self._redis.set(f"claim:{name}", b"1", nx=True, px=milliseconds(seconds)))

    def remember_caller(self, number: str, token: str, seconds: float) -> None:
        self._put(self._caller(number), Claim(token), seconds)

    def case_of_caller(self, number: str) -> str | None:
        claim = self._get(self._caller(number), Claim)
        return claim.token if claim else None

    def _caller(self, number: str) -> str:
        """A name that tells nothing of the number to who has no key of ours."""
        return f"caller:{hmac.new(self._number_key, number.encode(), 'sha256').hexdigest()}"

    def save_summary(self, token: str, summary: CallSummary) -> None:
        self._put(f"summary:{token}", summary, self._settings.summary_ttl_s)

    def load_summary(self, token: str) -> CallSummary | None:
        return self._get(f"summary:{token}", CallSummary)

    def recent_transfers(self, limit: int = 100) -> list[Transfer]:
        oldest = milliseconds(self._now() - self._settings.transfer_ttl_s)
        with self._asking():
            self._redis.zremrangebyscore("transfers", "-inf", oldest)
            tokens = cast("list[bytes]", self._redis.zrevrange("transfers", 0, limit - 1))
        return self._many([f"transfer:{token.decode()}" for token in tokens], Transfer)

    def open_callback(self, task: CallbackTask) -> bool:
        name = f"callback:{task.token}"
        with self._asking():
            opened = self._open_callback(
                keys=[name, "callbacks", CHANGES],
                args=[
                    self._sealed(name, task),
                    milliseconds(self._settings.callback_ttl_s),
                    task.token,
                    milliseconds(self._now()),
                ],
            )
        return bool(opened)

    def callbacks(self) -> list[CallbackTask]:
        """Open call-backs, the one that is due first in front."""
        oldest = milliseconds(self._now() - self._settings.callback_ttl_s)
        with self._asking():
            self._redis.zremrangebyscore("callbacks", "-inf", oldest)
            tokens = cast("list[bytes]", self._redis.zrange("callbacks", 0, -1))
        tasks = self._many([f"callback:{token.decode()}" for token in tokens], CallbackTask)
        return sorted(tasks, key=lambda task: task.due_at)

    def close_callback(self, token: str) -> bool:
        with self._asking(), self._redis.pipeline(transaction=True) as together:
            together.delete(f"callback:{token}")
            together.zrem("callbacks", token)
            together.xadd(CHANGES, {"case": token}, maxlen=1000, approximate=True)
            deleted, *_ = together.execute()
        return bool(deleted)
