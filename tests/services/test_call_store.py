"""Redis, where it differs from memory: what it holds is sealed, and it can be down."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis
from cryptography.fernet import Fernet
from redis_server import RedisServer, free_port

from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.errors import CallStoreError, SettingsError
from voice_agent.ports import CallRecord
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import RedisCallStore
from voice_agent.triage.care_levels import CareLevel

KEY = Fernet.generate_key().decode()
PERSONAL = ("Ann Example", "chest", "+15550001", "5550001", "+15550100")


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisCallStore]:
    store = RedisCallStore(redis_url, Cipher([KEY]))
    yield store
    store.close()


PLAIN = {"transfers", "transfers:unsettled", "callbacks", "changes"}
"""Indexes and the stream of changes: opaque tokens and times, of which only the last are kept."""


def fill(store: RedisCallStore) -> None:
    """One of everything, all of it personal."""
    summary = CallSummary("CA1", "+15550001", reason="chest pain", learned={"name": "Ann Example"})
    store.mint_stream_token("CA1", {"caller_number": "+15550001"})
    store.save_call(CallRecord("CA1", "conference", "t1", summary))
    store.create_transfer(Transfer("t1", "CA1", CareLevel.NURSE_NOW, ("+15550100",)))
    store.save_summary("t1", summary)
    store.open_callback(CallbackTask("t1", "CA1", "+15550001", CareLevel.NURSE_NOW, "chest pain", "", ""))


def everything(url: str) -> dict[str, bytes]:
    """All that Redis holds, by key; an index's members joined."""
    with redis.Redis.from_url(url) as client:
        found = {}
        for key in client.scan_iter():
            match client.type(key):
                case b"zset":
                    held = b" ".join(client.zrange(key, 0, -1))
                case b"stream":
                    held = repr(client.xrange(key)).encode()
                case _:
                    held = client.get(key)
            found[key.decode()] = held
        return found


def test_nothing_personal_can_be_read_in_redis(store: RedisCallStore, redis_url: str) -> None:
    fill(store)
    held = everything(redis_url)
    assert len(held) == 10
    for key, value in held.items():
        for word in PERSONAL:
            assert word not in key
            assert word.encode() not in value
        if key not in PLAIN:
            assert value.startswith(b"gAAAA"), key


def test_everything_has_a_time_to_live(store: RedisCallStore, redis_url: str) -> None:
    fill(store)
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter():
            if key not in {name.encode() for name in PLAIN}:
                assert client.pttl(key) > 0, key


def test_two_records_that_were_swapped_do_not_open(store: RedisCallStore, redis_url: str) -> None:
    store.save_summary("t1", CallSummary("CA1", reason="one"))
    store.save_summary("t2", CallSummary("CA2", reason="two"))
    with redis.Redis.from_url(redis_url) as client:
        client.set("summary:t1", client.get("summary:t2"))
    with pytest.raises(CallStoreError, match="another name"):
        store.load_summary("t1")


def test_one_record_that_cannot_be_read_does_not_hide_the_others(store: RedisCallStore, redis_url: str) -> None:
    store.create_transfer(Transfer("t1", "CA1", CareLevel.NURSE_NOW, ()))
    store.create_transfer(Transfer("t2", "CA2", CareLevel.NURSE_NOW, ()))
    with redis.Redis.from_url(redis_url) as client:
        client.set("transfer:t1", b"garbage")
    assert [found.token for found in store.recent_transfers()] == ["t2"]


def test_a_store_with_another_key_says_what_is_wrong(store: RedisCallStore, redis_url: str) -> None:
    store.save_summary("t1", CallSummary("CA1"))
    other = RedisCallStore(redis_url, Cipher([Fernet.generate_key().decode()]))
    with pytest.raises(CallStoreError, match="sealed with a key that is not among ours"):
        other.load_summary("t1")
    other.close()


def test_a_redis_that_is_down_is_said_in_one_sentence_and_quickly() -> None:
    store = RedisCallStore(f"redis://:hunter2@127.0.0.1:{free_port()}/0", Cipher([KEY]))
    began = time.monotonic()
    with pytest.raises(CallStoreError) as caught:
        store.load_call("CA1")
    assert time.monotonic() - began < 2
    problem = store.check()
    assert problem == str(caught.value)
    assert "start it, or check REDIS_URL" in problem
    assert "hunter2" not in problem


def test_it_works_again_when_redis_is_back(store: RedisCallStore, redis_server: RedisServer) -> None:
    store.save_call(CallRecord("CA1", "hang_up"))
    redis_server.kill()
    assert store.check() is not None
    with pytest.raises(CallStoreError):
        store.create_transfer(Transfer("t1", "CA1", CareLevel.NURSE_NOW, ()))
    redis_server.start()
    assert store.check() is None
    assert store.create_transfer(Transfer("t1", "CA1", CareLevel.NURSE_NOW, ()))


def test_a_redis_that_hangs_is_given_up() -> None:
    """A socket that accepts and never answers: the caller is not left waiting for it."""
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        store = RedisCallStore(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", Cipher([KEY]))
        began = time.monotonic()
        assert store.check() is not None
        assert time.monotonic() - began < 4
        store.close()


def test_an_address_that_is_none_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        RedisCallStore("localhost:6379", Cipher([KEY]))
