"""What every store of nurses' work does: the in-memory stand-in and Redis, by the same tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from cryptography.fernet import Fernet

from voice_agent.call.case_work import CaseWork, Note, ReviewItem, Verdict
from voice_agent.call.handoff import CallbackTask
from voice_agent.call.transfer import Transfer
from voice_agent.fakes.case_desk import InMemoryCaseDesk
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.ports import CallStore, CaseDeskStore
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import RedisCallStore, StoreSettings
from voice_agent.services.case_desk_store import RedisCaseDeskStore
from voice_agent.triage.care_levels import CareLevel

TTL_S = 0.4
AT = "2026-03-02T14:00:00-05:00"
KIMS = CaseWork("t1", "kim", AT, (Note("kim", AT, "sits"),), version=1)


@dataclass(frozen=True)
class Setting:
    """A store, the call store beside it, and a way to let time go by."""

    store: CaseDeskStore
    calls: CallStore
    pass_time: Callable[[float], None]


@pytest.fixture(params=["in_memory", "redis"])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    if request.param == "in_memory":
        clock = [0.0]

        def turn(seconds: float) -> None:
            clock[0] += seconds

        calls = InMemoryCallStore()
        desk = InMemoryCaseDesk(calls.changes, work_ttl_s=TTL_S, review_ttl_s=TTL_S, now=lambda: clock[0])
        yield Setting(desk, calls, turn)
        return
    url, cipher = request.getfixturevalue("redis_url"), Cipher([Fernet.generate_key().decode()])
    real = RedisCaseDeskStore(url, cipher, StoreSettings(work_ttl_s=TTL_S, review_ttl_s=TTL_S))
    beside = RedisCallStore(url, cipher)
    yield Setting(real, beside, time.sleep)
    real.close()
    beside.close()


@pytest.fixture
def store(setting: Setting) -> CaseDeskStore:
    return setting.store


def review(name: str = "r1") -> ReviewItem:
    return ReviewItem(name, "t1", "kim", AT, Verdict.OVER_TRIAGED, "chest_pain", "chest of tea")


def test_a_case_begins_empty_and_is_kept_as_it_was_changed(store: CaseDeskStore) -> None:
    assert store.load_work("t1") == CaseWork("t1")
    assert store.replace_work(KIMS, expected_version=0)
    assert store.load_work("t1") == KIMS
    assert store.works(["t1", "t2"]) == {"t1": KIMS}
    assert store.works([]) == {}


def test_a_case_is_replaced_only_by_who_saw_the_last_version(store: CaseDeskStore) -> None:
    assert store.replace_work(KIMS, expected_version=0)
    assert not store.replace_work(replace(KIMS, nurse="lee"), expected_version=0)
    assert not store.replace_work(replace(KIMS, token="t2"), expected_version=3)
    assert store.load_work("t1").nurse == "kim"


def test_of_many_nurses_who_claim_at_once_one_wins(store: CaseDeskStore) -> None:
    won: list[str] = []
    start = threading.Barrier(8)

    def claim(nurse: str) -> None:
        start.wait()
        if store.replace_work(CaseWork("t1", nurse, version=1), expected_version=0):
            won.append(nurse)

    threads = [threading.Thread(target=claim, args=(f"nurse{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.load_work("t1").nurse] == won


def test_work_and_reviews_run_out(setting: Setting) -> None:
    setting.store.replace_work(KIMS, expected_version=0)
    setting.store.add_review(review())
    setting.pass_time(TTL_S + 0.1)
    assert setting.store.load_work("t1") == CaseWork("t1")
    assert setting.store.reviews() == []


def test_reviews_come_newest_first_and_are_closed_once(setting: Setting) -> None:
    setting.store.add_review(review("r1"))
    setting.pass_time(0.01)
    setting.store.add_review(review("r2"))
    assert setting.store.reviews() == [review("r2"), review("r1")]
    assert setting.store.close_review("r1")
    assert not setting.store.close_review("r1")
    assert setting.store.reviews() == [review("r2")]


def test_every_change_of_a_transfer_a_callback_or_a_case_is_seen(setting: Setting) -> None:
    store, calls = setting.store, setting.calls
    transfer = Transfer("t1", "CA1", CareLevel.NURSE_NOW, ("+15550100",))
    task = CallbackTask("t1", "CA1", "+1555", CareLevel.NURSE_NOW, "gone", "2026-03-02T14:00:00", "2026-03-02T14:15:00")
    changes: list[Callable[[], object]] = [
        lambda: calls.create_transfer(transfer),
        lambda: calls.replace_transfer(replace(transfer, version=1), expected_version=0),
        lambda: calls.open_callback(task),
        lambda: calls.close_callback("t1"),
        lambda: store.replace_work(KIMS, expected_version=0),
    ]
    position = store.last_change()
    for number, change in enumerate(changes):
        assert store.wait_for_change(position, 0.02) is None, number
        change()
        seen = store.wait_for_change(position, 5)
        assert seen is not None, number
        assert seen == store.last_change() != position
        position = seen


def test_what_changed_nothing_is_no_change(setting: Setting) -> None:
    transfer = Transfer("t1", "CA1", CareLevel.NURSE_NOW, ("+15550100",))
    setting.calls.create_transfer(transfer)
    position = setting.store.last_change()
    assert not setting.calls.create_transfer(transfer)
    assert not setting.calls.replace_transfer(transfer, expected_version=7)
    assert not setting.store.replace_work(KIMS, expected_version=7)
    assert setting.store.wait_for_change(position, 0.05) is None


def test_who_waits_is_woken(setting: Setting) -> None:
    position, seen = setting.store.last_change(), []
    waiter = threading.Thread(target=lambda: seen.append(setting.store.wait_for_change(position, 20)))
    waiter.start()
    setting.store.replace_work(KIMS, expected_version=0)
    waiter.join(10)
    assert seen == [setting.store.last_change()]


def test_a_position_that_is_none_is_that_of_the_beginning(setting: Setting) -> None:
    setting.store.replace_work(KIMS, expected_version=0)
    assert setting.store.wait_for_change("nonsense", 5) == setting.store.last_change()
