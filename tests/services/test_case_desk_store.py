"""Nurses' work in a real Redis: sealed, running out, and waiting no longer than told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from cryptography.fernet import Fernet
from redis_server import RedisServer, free_port

from voice_agent.call.case_work import CaseWork, Note, ReviewItem, Verdict
from voice_agent.errors import CallStoreError
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import StoreSettings
from voice_agent.services.case_desk_store import RedisCaseDeskStore

KEY = Fernet.generate_key().decode()
AT = "2026-03-02T14:00:00-05:00"


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisCaseDeskStore]:
    store = RedisCaseDeskStore(redis_url, Cipher([KEY]))
    yield store
    store.close()


def test_what_nurses_wrote_cannot_be_read_in_redis_and_runs_out(store: RedisCaseDeskStore, redis_url: str) -> None:
    work = CaseWork("t1", "kim", AT, (Note("kim", AT, "spoke with Ann Example"),), version=1)
    store.replace_work(work, expected_version=0)
    store.add_review(ReviewItem("r1", "t1", "kim", AT, Verdict.OVER_TRIAGED, "chest_pain", "Ann Example said so"))
    with redis.Redis.from_url(redis_url) as client:
        for key in (b"work:t1", b"review:r1"):
            assert b"Example" not in client.get(key)
            assert client.pttl(key) > 0
        assert b"Example" not in repr(client.xrange("changes")).encode()


def test_the_stream_of_changes_stays_short(store: RedisCaseDeskStore, redis_url: str) -> None:
    for number in range(2500):
        store.replace_work(CaseWork("t1", version=number + 1), expected_version=number)
    with redis.Redis.from_url(redis_url) as client:
        assert client.xlen("changes") < 1500


def test_a_redis_that_dies_while_somebody_waits_is_said(store: RedisCaseDeskStore, redis_server: RedisServer) -> None:
    assert store.wait_for_change(store.last_change(), 0.01) is None
    redis_server.kill()
    with pytest.raises(CallStoreError, match="does not answer"):
        store.wait_for_change("0-0", 5)
    redis_server.start()
    assert store.load_work("t1") == CaseWork("t1")


def test_a_redis_that_is_not_there_is_said() -> None:
    store = RedisCaseDeskStore(f"redis://127.0.0.1:{free_port()}/0", Cipher([KEY]), StoreSettings(timeout_s=0.3))
    with pytest.raises(CallStoreError, match="check REDIS_URL"):
        store.load_work("t1")
    assert "check REDIS_URL" in (store.check() or "")
    store.close()
