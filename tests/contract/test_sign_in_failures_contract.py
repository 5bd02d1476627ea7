"""What every memory of failed sign-ins does: the in-memory stand-in and Redis, by the same tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import redis
from cryptography.fernet import Fernet

from voice_agent.errors import CallStoreError
from voice_agent.fakes.store import InMemorySignInFailures
from voice_agent.ports import SignInFailures
from voice_agent.records.encryption import Cipher
from voice_agent.services.sign_in_failures import RedisSignInFailures

KEEP_S = 0.3
CIPHER = Cipher([Fernet.generate_key().decode()])


@dataclass(frozen=True)
class Setting:
    """A memory, and a way to let time go by for it."""

    failures: SignInFailures
    pass_time: Callable[[float], None]


@pytest.fixture(params=["in_memory", "redis"])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    if request.param == "in_memory":
        clock = [0.0]

        def turn(seconds: float) -> None:
            clock[0] += seconds

        yield Setting(InMemorySignInFailures(lambda: clock[0]), turn)
        return
    real = RedisSignInFailures(request.getfixturevalue("redis_url"), CIPHER)
    real.forget("kim")
    yield Setting(real, time.sleep)
    real.close()


def test_the_last_ones_are_kept_newest_first(setting: Setting) -> None:
    failures = setting.failures
    assert failures.when("kim", 1) is None
    for at_s in (1000.25, 1001.5, 1002.75):
        failures.note("kim", at_s, 2, 60)
    assert failures.when("kim", 1) == 1002.75
    assert failures.when("kim", 2) == 1001.5
    assert failures.when("kim", 3) is None
    assert failures.when("lee", 1) is None
    failures.forget("kim")
    assert failures.when("kim", 1) is None


def test_they_run_out_after_the_last(setting: Setting) -> None:
    setting.failures.note("kim", 1000, 5, KEEP_S)
    setting.pass_time(KEEP_S + 0.2)
    assert setting.failures.when("kim", 1) is None


def test_neither_name_nor_address_stands_in_redis(redis_url: str) -> None:
    failures = RedisSignInFailures(redis_url, CIPHER)
    failures.note("kim\n10.0.0.1", 1000, 5, 60)
    with redis.Redis.from_url(redis_url) as client:
        names = [name for name in client.scan_iter() if name.startswith(b"sign-ins:")]
        assert len(names) == 1
        assert b"kim" not in names[0]
        client.delete(*names)
    failures.close()


def test_without_redis_it_says_so() -> None:
    failures = RedisSignInFailures("redis://127.0.0.1:1/0", CIPHER, timeout_s=0.2)
    with pytest.raises(CallStoreError, match="does not answer"):
        failures.when("kim", 1)
    failures.close()
