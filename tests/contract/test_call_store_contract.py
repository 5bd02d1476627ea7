"""What every call store does: the in-memory stand-in and Redis, by the same tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from cryptography.fernet import Fernet

from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import LegStatus, NurseLeg, Release, Transfer, TransferStatus
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.ports import CallRecord, CallStore
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import RedisCallStore, StoreSettings
from voice_agent.triage.care_levels import CareLevel

TOKEN_TTL_S = 0.15
TRANSFER_TTL_S = 0.4


@dataclass(frozen=True)
class Setting:
    """A store, and a way to let time go by for it."""

    store: CallStore
    pass_time: Callable[[float], None]


@pytest.fixture(params=["in_memory", "redis"])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    if request.param == "in_memory":
        clock = [0.0]

        def turn(seconds: float) -> None:
            clock[0] += seconds

        store = InMemoryCallStore(token_ttl_s=TOKEN_TTL_S, transfer_ttl_s=TRANSFER_TTL_S, now=lambda: clock[0])
        yield Setting(store, turn)
        return
    real = RedisCallStore(
        request.getfixturevalue("redis_url"),
        Cipher([Fernet.generate_key().decode()]),
        StoreSettings(
            token_ttl_s=TOKEN_TTL_S,
            call_ttl_s=TRANSFER_TTL_S,
            transfer_ttl_s=TRANSFER_TTL_S,
            summary_ttl_s=TRANSFER_TTL_S,
            callback_ttl_s=TRANSFER_TTL_S,
        ),
    )
    yield Setting(real, time.sleep)
    real.close()


@pytest.fixture
def store(setting: Setting) -> CallStore:
    return setting.store


def transfer(case: str = "t1", call_id: str = "CA1") -> Transfer:
    return Transfer(case, call_id, CareLevel.NURSE_NOW, ("+15550100", "+15550101"), "2026-03-02T14:00:00-05:00")


def task(token: str, due: str = "2026-03-02T14:15:00-05:00") -> CallbackTask:
    return CallbackTask(token, "CA1", "+1555", CareLevel.NURSE_NOW, "nobody accepted", "2026-03-02T14:00:00-05:00", due)


def test_a_stream_token_works_once(store: CallStore) -> None:
    token = store.mint_stream_token("CA1", {"caller_number": "+15550001"})
    assert store.take_stream_token(token) == ("CA1", {"caller_number": "+15550001"})
    assert store.take_stream_token(token) is None


def test_stream_tokens_differ_and_do_not_tell_whose_they_are(store: CallStore) -> None:
    tokens = {store.mint_stream_token("CA1", {"caller_number": "+15550001"}) for _ in range(5)}
    assert len(tokens) == 5
    assert not any("CA1" in token or "5550001" in token for token in tokens)


def test_a_stream_token_runs_out(setting: Setting) -> None:
    token = setting.store.mint_stream_token("CA1", {})
    setting.pass_time(TOKEN_TTL_S + 0.1)
    assert setting.store.take_stream_token(token) is None


def test_an_unknown_token_is_nobody(store: CallStore) -> None:
    assert store.take_stream_token("guessed") is None


def test_the_last_call_record_counts(store: CallStore) -> None:
    assert store.load_call("CA1") is None
    store.save_call(CallRecord("CA1", "reconnect"))
    store.save_call(CallRecord("CA1", "conference", "t1", CallSummary("CA1", reason="chest pain")))
    assert store.load_call("CA1") == CallRecord("CA1", "conference", "t1", CallSummary("CA1", reason="chest pain"))
    assert store.load_call("CA2") is None


def test_a_call_has_one_transfer(store: CallStore) -> None:
    assert store.create_transfer(transfer("t1"))
    assert not store.create_transfer(transfer("t2"))
    assert store.transfer_of_call("CA1") == transfer("t1")
    assert store.load_transfer("t2") is None
    assert store.transfer_of_call("CA2") is None


def test_of_many_that_start_a_transfer_at_once_one_wins(store: CallStore) -> None:
    won: list[bool] = []
    start = threading.Barrier(8)

    def claim(number: int) -> None:
        start.wait()
        won.append(store.create_transfer(transfer(f"t{number}")))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 1
    assert len(store.recent_transfers()) == 1


def test_a_transfer_is_replaced_only_by_who_saw_the_last_version(store: CallStore) -> None:
    store.create_transfer(transfer())
    ringing = replace(transfer(), status=TransferStatus.RINGING, attempt=0, version=1)
    assert store.replace_transfer(ringing, expected_version=0)
    assert not store.replace_transfer(replace(ringing, attempt=1), expected_version=0)
    assert store.load_transfer("t1") == ringing
    assert store.transfer_of_call("CA1") == ringing


def test_a_transfer_that_is_not_there_is_not_replaced(store: CallStore) -> None:
    assert not store.replace_transfer(transfer(), expected_version=0)
    assert store.load_transfer("t1") is None


def test_of_many_that_replace_at_once_one_wins(store: CallStore) -> None:
    store.create_transfer(transfer())
    won: list[int] = []
    start = threading.Barrier(8)

    def advance(number: int) -> None:
        start.wait()
        if store.replace_transfer(replace(transfer(), history=(str(number),), version=1), expected_version=0):
            won.append(number)

    threads = [threading.Thread(target=advance, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = store.load_transfer("t1")
    assert len(won) == 1
    assert kept is not None
    assert kept.history == (str(won[0]),)


def test_recent_transfers_come_newest_first_and_run_out(setting: Setting) -> None:
    store = setting.store
    for number in range(4):
        store.create_transfer(transfer(f"t{number}", f"CA{number}"))
        setting.pass_time(0.01)
    assert [found.token for found in store.recent_transfers(limit=3)] == ["t3", "t2", "t1"]
    setting.pass_time(TRANSFER_TTL_S)
    store.create_transfer(transfer("t9", "CA9"))
    assert [found.token for found in store.recent_transfers()] == ["t9"]
    assert store.load_transfer("t1") is None


def test_replacing_does_not_lengthen_a_transfers_life(setting: Setting) -> None:
    setting.store.create_transfer(transfer())
    setting.pass_time(TRANSFER_TTL_S / 2)
    assert setting.store.replace_transfer(replace(transfer(), version=1), expected_version=0)
    setting.pass_time(TRANSFER_TTL_S / 2 + 0.1)
    assert setting.store.load_transfer("t1") is None


def test_a_summary_is_kept_and_renewed(store: CallStore) -> None:
    assert store.load_summary("t1") is None
    store.save_summary("t1", CallSummary("CA1", reason="first"))
    store.save_summary("t1", CallSummary("CA1", reason="second"))
    assert store.load_summary("t1") == CallSummary("CA1", reason="second")


def test_a_callback_is_opened_once_and_closed_once(store: CallStore) -> None:
    assert store.open_callback(task("t1"))
    assert not store.open_callback(task("t1"))
    assert store.callbacks() == [task("t1")]
    assert store.close_callback("t1")
    assert not store.close_callback("t1")
    assert store.callbacks() == []
    assert store.open_callback(task("t1"))


def test_the_callback_that_is_due_first_stands_first(store: CallStore) -> None:
    store.open_callback(task("later", "2026-03-02T15:00:00-05:00"))
    store.open_callback(task("sooner", "2026-03-02T14:05:00-05:00"))
    assert [open_task.token for open_task in store.callbacks()] == ["sooner", "later"]


def test_what_is_claimed_is_ours_until_the_time_is_over(setting: Setting) -> None:
    assert setting.store.claim("t1:ring:0", 0.2)
    assert not setting.store.claim("t1:ring:0", 0.2)
    assert setting.store.claim("t1:ring:1", 0.2)
    setting.pass_time(0.3)
    assert setting.store.claim("t1:ring:0", 0.2)


def test_of_many_that_claim_at_once_one_wins(store: CallStore) -> None:
    won: list[bool] = []
    start = threading.Barrier(8)

    def claim() -> None:
        start.wait()
        won.append(store.claim("sweep", 10))

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 1


def test_transfers_stay_unsettled_until_nothing_is_owed(store: CallStore) -> None:
    store.create_transfer(transfer("t1", "CA1"))
    store.create_transfer(transfer("t2", "CA2"))
    owing = replace(transfer("t1", "CA1"), status=TransferStatus.CALLER_GONE, callback="hung up", version=1)
    assert store.replace_transfer(owing, expected_version=0)
    assert [found.token for found in store.unsettled_transfers()] == ["t1", "t2"]
    assert store.replace_transfer(replace(owing, callback="", version=2), expected_version=1)
    assert [found.token for found in store.unsettled_transfers()] == ["t2"]


def test_a_leg_that_turns_up_late_makes_a_transfer_unsettled_again(store: CallStore) -> None:
    store.create_transfer(transfer())
    gone = replace(transfer(), status=TransferStatus.CALLER_GONE, version=1)
    store.replace_transfer(gone, expected_version=0)
    assert store.unsettled_transfers() == []
    leg = NurseLeg("+15550100", LegStatus.OVER, "CAlate", release=Release.STOP)
    store.replace_transfer(replace(gone, legs=(leg,), version=2), expected_version=1)
    assert [found.token for found in store.unsettled_transfers()] == ["t1"]


def test_a_caller_who_was_cut_off_is_remembered_for_a_while(setting: Setting) -> None:
    store = setting.store
    assert store.case_of_caller("+15550001") is None
    store.remember_caller("+15550001", "t1", 0.2)
    store.remember_caller("+15550001", "t2", 0.2)
    assert store.case_of_caller("+15550001") == "t2"
    assert store.case_of_caller("+15550002") is None
    setting.pass_time(0.3)
    assert store.case_of_caller("+15550001") is None


def test_a_store_that_works_says_so(store: CallStore) -> None:
    assert store.check() is None
