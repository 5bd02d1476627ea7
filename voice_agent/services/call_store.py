"""Redis: what of a call outlives its process.

Keys hold opaque tokens and CallSids only; every value is sealed under its own key's name (`records/encryption.py`)
and runs out. What must be one step is one Lua script. All names stand in one Redis; a cluster is not foreseen.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar, cast
from urllib.parse import urlsplit

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.errors import CallStoreError, EncryptionError, SettingsError
from voice_agent.ports import CallRecord
from voice_agent.records import codec
from voice_agent.records.encryption import Cipher
from voice_agent.strict_yaml import STRICT

T = TypeVar("T")

log = structlog.get_logger(__name__)

TOKEN_BYTES: Final = 24

# KEYS claim, transfer, index; ARGV sealed token, sealed transfer, milliseconds to live, token, now in ms.
# The claim is the SET NX: of two that start a transfer for one call, one wins.
_CREATE_TRANSFER: Final = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[3]) then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[5] - ARGV[3])
return 1
"""
# The sealed bytes that were read are what is compared: each sealing is different, so equal bytes are the same version.
_REPLACE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
"""
_OPEN_CALLBACK: Final = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
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


class RedisCallStore:
    """`ports.CallStore`; raises CallStoreError and nothing else. Safe to call from any thread."""

    def __init__(
        self, url: str, cipher: Cipher, settings: StoreSettings | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """`url` as Redis has it (`redis://…`, `rediss://…`); connects to nothing yet. Raises SettingsError."""
        self._settings = settings or StoreSettings()
        self._cipher = cipher
        self._now = now
        try:
            self._redis = redis.Redis.from_url(
                url,
                socket_timeout=self._settings.timeout_s,
                socket_connect_timeout=self._settings.timeout_s,
                # Once more at once: an idle connection that Redis had closed is noticed only when it is used.
                retry=Retry(NoBackoff(), 1),
            )
        except ValueError as error:
            raise SettingsError(
                "REDIS_URL is not an address of a Redis; write it as redis://host:6379/0 or rediss://…"
            ) from error
        self._where = _without_credentials(url)
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
                keys=[claim, name, "transfers"],
                args=[
                    self._sealed(claim, Claim(transfer.token)),
                    self._sealed(name, transfer),
                    _milliseconds(self._settings.transfer_ttl_s),
                    transfer.token,
                    _milliseconds(self._now()),
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
        with self._asking():
            return bool(self._replace(keys=[name], args=[sealed, self._sealed(name, transfer)]))

    def transfer_of_call(self, call_id: str) -> Transfer | None:
        claim = self._get(f"transfer-of:{call_id}", Claim)
        return self.load_transfer(claim.token) if claim else None

    def save_summary(self, token: str, summary: CallSummary) -> None:
        self._put(f"summary:{token}", summary, self._settings.summary_ttl_s)

    def load_summary(self, token: str) -> CallSummary | None:
        return self._get(f"summary:{token}", CallSummary)

    def recent_transfers(self, limit: int = 100) -> list[Transfer]:
        oldest = _milliseconds(self._now() - self._settings.transfer_ttl_s)
        with self._asking():
            self._redis.zremrangebyscore("transfers", "-inf", oldest)
            tokens = cast("list[bytes]", self._redis.zrevrange("transfers", 0, limit - 1))
        return self._many([f"transfer:{token.decode()}" for token in tokens], Transfer)

    def open_callback(self, task: CallbackTask) -> bool:
        name = f"callback:{task.token}"
        with self._asking():
            opened = self._open_callback(
                keys=[name, "callbacks"],
                args=[
                    self._sealed(name, task),
                    _milliseconds(self._settings.callback_ttl_s),
                    task.token,
                    _milliseconds(self._now()),
                ],
            )
        return bool(opened)

    def callbacks(self) -> list[CallbackTask]:
        """Open call-backs, the one that is due first in front."""
        oldest = _milliseconds(self._now() - self._settings.callback_ttl_s)
        with self._asking():
            self._redis.zremrangebyscore("callbacks", "-inf", oldest)
            tokens = cast("list[bytes]", self._redis.zrange("callbacks", 0, -1))
        tasks = self._many([f"callback:{token.decode()}" for token in tokens], CallbackTask)
        return sorted(tasks, key=lambda task: task.due_at)

    def close_callback(self, token: str) -> bool:
        with self._asking(), self._redis.pipeline(transaction=True) as together:
            together.delete(f"callback:{token}")
            together.zrem("callbacks", token)
            deleted, _ = together.execute()
        return bool(deleted)

    def check(self) -> str | None:
        try:
            with self._asking():
                self._redis.ping()
        except CallStoreError as error:
            return str(error)
        return None

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _put(self, name: str, value: object, ttl_s: float) -> None:
        with self._asking():
            self._redis.set(name, self._sealed(name, value), px=_milliseconds(ttl_s))

    def _get(self, name: str, kind: type[T]) -> T | None:
        with self._asking():
            sealed = cast("bytes | None", self._redis.get(name))
        return self._opened(name, sealed, kind)

    def _many(self, names: list[str], kind: type[T]) -> list[T]:
        if not names:
            return []
        with self._asking():
            found = cast("list[bytes | None]", self._redis.mget(names))
        values = []
        for name, sealed in zip(names, found, strict=True):
            try:
                value = self._opened(name, sealed, kind)
            except CallStoreError as error:
                # One record that cannot be read must not hide the others from the nurse.
                log.warning("stored_record_skipped", kind=kind.__name__, problem=str(error))
            else:
                values.extend([] if value is None else [value])
        return values

    def _sealed(self, name: str, value: object) -> bytes:
        return self._cipher.seal(name, codec.encode(value))

    def _opened(self, name: str, sealed: bytes | None, kind: type[T]) -> T | None:
        if sealed is None:
            return None
        try:
            return codec.decode(self._cipher.open(name, sealed), kind)
        except EncryptionError as error:
            raise CallStoreError(f"a {kind.__name__} in Redis at {self._where} cannot be opened: {error}") from error

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except redis.AuthenticationError as error:
            raise CallStoreError(f"Redis at {self._where} does not accept our password; check REDIS_URL") from error
        except redis.RedisError as error:
            raise CallStoreError(
                f"Redis at {self._where} does not answer ({type(error).__name__}); start it, or check REDIS_URL"
            ) from error


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
