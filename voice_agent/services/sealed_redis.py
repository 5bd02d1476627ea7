"""Redis with sealed values: what every store of ours stands on.

Values are sealed under their own key's name (`records/encryption.py`) and run out; keys are opaque.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar, cast
from urllib.parse import urlsplit

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from voice_agent.errors import CallStoreError, EncryptionError, SettingsError
from voice_agent.records import codec
from voice_agent.records.encryption import Cipher

T = TypeVar("T")

log = structlog.get_logger(__name__)


class SealedRedis:
    """One Redis and one cipher. Raises CallStoreError and nothing else. Safe to call from any thread."""

    def __init__(self, url: str, cipher: Cipher, timeout_s: float) -> None:
        """Connects to nothing yet. Raises SettingsError for what is no address."""
        self._cipher = cipher
        self._redis = connection(url, timeout_s)
        self._where = _without_credentials(url)

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
            self._redis.set(name, self._sealed(name, value), px=milliseconds(ttl_s))

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


def connection(url: str, timeout_s: float) -> redis.Redis:
    """A client that gives up after `timeout_s`. Raises SettingsError."""
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # Once more at once: an idle connection that Redis had closed is noticed only when it is used.
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError as error:
        raise SettingsError(
            "REDIS_URL is not an address of a Redis; write it as redis://host:6379/0 or rediss://…"
        ) from error


def milliseconds(seconds: float) -> int:
    """As Redis takes a time to live: whole, at least 1."""
    return max(1, round(seconds * 1000))


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
