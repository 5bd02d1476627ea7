"""The nurse desk: what follows from a transfer's events is done, once, whatever fails."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from voice_agent.call.handoff import CallbackTask, CallSummary, Evidence, RedFlagRaised
from voice_agent.call.ladder import LadderEntry
from voice_agent.call.transfer import (
    CallbackWanted,
    CallerJoined,
    CallerLeft,
    MachineAnswered,
    NurseAccepted,
    NurseAnswered,
    NurseJoined,
    NurseUnreached,
    Transfer,
    TransferStatus,
)
from voice_agent.errors import CallStoreError, CarrierError
from voice_agent.fakes.carrier import InMemoryCarrier
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.nurse_desk import RACES, NurseDesk, NurseDeskSettings
from voice_agent.ports import CallRecord
from voice_agent.triage.care_levels import CareLevel

NURSES = ("+15550100", "+15550101")
FLAG = RedFlagRaised("chest_pain", "Heart attack", CareLevel.EMERGENCY_911, (Evidence("my chest hurts"),), 9000, "v1")
SUMMARY = CallSummary("CA1", "+15550001", reason="chest pain", red_flag=FLAG)


class SlowStore(InMemoryCallStore):
    """Lets somebody else go first: loses as many compare-and-sets as it is told to."""

    races_to_lose = 0

    def replace_transfer(self, transfer: Transfer, *, expected_version: int) -> bool:
        if self.races_to_lose:
            self.races_to_lose -= 1
            return False
        return super().replace_transfer(transfer, expected_version=expected_version)


class SummaryFirstCarrier(InMemoryCarrier):
    """Notes whether the summary was there when the nurse was rung."""

    def __init__(self, store: InMemoryCallStore) -> None:
        super().__init__()
        self.store = store
        self.briefed: list[bool] = []

    def ring_nurse(self, number: str, token: str, attempt: int) -> str:
        self.briefed.append(self.store.load_summary(token) is not None)
        return super().ring_nurse(number, token, attempt)


@dataclass
class Bench:
    """A desk on fakes."""

    at: datetime = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
    store: SlowStore = field(default_factory=SlowStore)
    carrier: SummaryFirstCarrier = field(init=False)
    desk: NurseDesk = field(init=False)
    moved: list[TransferStatus] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.carrier = SummaryFirstCarrier(self.store)
        settings = NurseDeskSettings(NURSES, ring_seconds=20, callback_minutes={CareLevel.EMERGENCY_911: 7})
        self.desk = NurseDesk(
            self.store, self.carrier, settings, lambda: self.at, lambda transfer: self.moved.append(transfer.status)
        )

    def request(self, level: CareLevel = CareLevel.EMERGENCY_911) -> Transfer:
        return self.desk.request(SUMMARY, level)

    def waits_in_conference(self, transfer: Transfer) -> None:
        self.store.save_call(CallRecord("CA1", "conference", transfer.token))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_request_keeps_the_summary_and_rings_the_first_nurse(bench: Bench) -> None:
    transfer = bench.request()
    assert transfer.status is TransferStatus.RINGING
    assert transfer.nurse_call_id == "CAnurse0"
    assert bench.carrier.briefed == [True]
    assert [(rung.number, rung.token, rung.attempt) for rung in bench.carrier.rung] == [(NURSES[0], transfer.token, 0)]
    assert transfer.requested_at == "2026-03-02T19:00:00+00:00"


def test_tokens_are_opaque_and_differ(bench: Bench) -> None:
    first = bench.request()
    second = bench.desk.request(replace(SUMMARY, call_id="CA2"), CareLevel.NURSE_NOW)
    assert first.token != second.token
    assert "CA1" not in first.token
    assert len(first.token) >= 20


def test_asking_twice_rings_once_and_renews_the_summary(bench: Bench) -> None:
    first = bench.request()
    again = bench.desk.request(replace(SUMMARY, reason="chest pain, worse"), CareLevel.EMERGENCY_911)
    assert again.token == first.token
    assert len(bench.carrier.rung) == 1
    kept = bench.store.load_summary(first.token)
    assert kept is not None
    assert kept.reason == "chest pain, worse"


def test_many_requests_at_once_ring_one_nurse(bench: Bench) -> None:
    tokens: list[str] = []
    start = threading.Barrier(6)

    def ask() -> None:
        start.wait()
        tokens.append(bench.request().token)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(tokens)) == 1
    assert len(bench.carrier.rung) == 1


def test_with_the_store_down_nobody_is_rung_and_the_caller_learns_of_it(bench: Bench) -> None:
    bench.store.fail()
    with pytest.raises(CallStoreError):
        bench.request()
    assert bench.carrier.rung == []


def test_with_the_carrier_down_the_ladder_ends_with_a_callback(bench: Bench) -> None:
    bench.carrier.fail()
    transfer = bench.request()
    assert transfer.status is TransferStatus.UNANSWERED
    assert transfer.history == ("0:carrier_error", "1:carrier_error", "1:ladder_exhausted")
    (task,) = bench.store.callbacks()
    assert (task.caller_number, task.reason) == ("+15550001", "Heart attack: nobody accepted")
    assert task.due_at == "2026-03-02T19:07:00+00:00"


def test_a_caller_who_still_hears_the_safety_sentence_is_not_pulled_away_from_it(bench: Bench) -> None:
    bench.store.save_call(CallRecord("CA1", "reconnect"))
    bench.carrier.fail()
    bench.request()
    bench.carrier.mend()
    assert bench.carrier.redirected == []


def test_a_caller_who_waits_is_fetched_when_nobody_accepts(bench: Bench) -> None:
    transfer = bench.request()
    bench.waits_in_conference(transfer)
    for attempt in (0, 1):
        bench.desk.happened(transfer.token, NurseUnreached(attempt, "no_answer"))
    assert bench.carrier.redirected == [("CA1", "/twilio/resume")]


def test_a_lost_race_is_run_again(bench: Bench) -> None:
    transfer = bench.request()
    bench.store.races_to_lose = RACES - 1
    after = bench.desk.happened(transfer.token, NurseAnswered(0))
    assert after is not None
    assert after.status is TransferStatus.BRIEFING


def test_a_race_that_is_never_won_is_an_error_and_not_a_hang(bench: Bench) -> None:
    transfer = bench.request()
    bench.store.races_to_lose = 10_000
    with pytest.raises(CallStoreError, match="10 times"):
        bench.desk.happened(transfer.token, NurseAnswered(0))


def test_the_same_webhook_from_many_threads_acts_once(bench: Bench) -> None:
    transfer = bench.request()
    start = threading.Barrier(6)

    def tell() -> None:
        start.wait()
        bench.desk.happened(transfer.token, NurseUnreached(0, "no_answer"))

    threads = [threading.Thread(target=tell) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [rung.attempt for rung in bench.carrier.rung] == [0, 1]


def test_a_caller_who_is_gone_stops_the_ringing(bench: Bench) -> None:
    transfer = bench.request()
    bench.desk.happened(transfer.token, CallerLeft())
    bench.desk.happened(transfer.token, CallerLeft())
    assert bench.carrier.hung_up == ["CAnurse0"]
    assert len(bench.store.callbacks()) == 1


def test_an_unknown_case_is_none(bench: Bench) -> None:
    assert bench.desk.happened("unknown", CallerLeft()) is None


def test_every_new_status_is_observed(bench: Bench) -> None:
    transfer = bench.request()
    for event in (NurseAnswered(0), NurseAnswered(0), CallerJoined(), NurseAccepted(0), NurseJoined(0)):
        bench.desk.happened(transfer.token, event)
    assert [str(status) for status in bench.moved] == ["ringing", "briefing", "accepted", "bridged"]


def test_a_nurse_who_has_answered_is_told_that_the_caller_is_gone(bench: Bench) -> None:
    transfer = bench.request()
    bench.desk.happened(transfer.token, NurseAnswered(0))
    bench.desk.happened(transfer.token, CallerLeft())
    assert bench.carrier.redirected == [("CAnurse0", f"/twilio/nurse/{transfer.token}/0/over")]
    assert bench.carrier.hung_up == []


def test_what_seems_to_be_a_machine_is_sent_to_words_without_the_case(bench: Bench) -> None:
    transfer = bench.request()
    bench.desk.happened(transfer.token, NurseAnswered(0))
    bench.desk.happened(transfer.token, MachineAnswered(0))
    assert bench.carrier.redirected == [("CAnurse0", f"/twilio/nurse/{transfer.token}/0/machine")]
    assert [rung.number for rung in bench.carrier.rung] == list(NURSES)


def test_a_leg_that_cannot_be_told_is_hung_up(bench: Bench) -> None:
    class Deaf(InMemoryCarrier):
        def redirect(self, call_id: str, path: str) -> None:
            raise CarrierError("the call is over")

    carrier = Deaf()
    desk = NurseDesk(bench.store, carrier, NurseDeskSettings(NURSES), lambda: bench.at)
    transfer = desk.request(SUMMARY, CareLevel.EMERGENCY_911)
    desk.happened(transfer.token, NurseAnswered(0))
    desk.happened(transfer.token, CallerLeft())
    assert carrier.hung_up == ["CAnurse0"]


def test_who_is_rung_depends_on_the_hour_and_the_language(bench: Bench) -> None:
    """19:00 on a Monday: the day nurse is at home, and the Spanish one is not needed."""
    ladder = (
        LadderEntry("+15550150", hours={"monday": ("08:00-17:00",)}),
        LadderEntry("+15550151", languages=("es",)),
        "+15550152",
        LadderEntry("+15550153", with_previous=True),
    )
    desk = NurseDesk(bench.store, bench.carrier, NurseDeskSettings(ladder, on_call="+15550159"), lambda: bench.at)
    transfer = desk.request(SUMMARY, CareLevel.EMERGENCY_911)
    assert transfer.ladder == ("+15550152", "+15550153", "+15550159")
    assert [rung.number for rung in bench.carrier.rung] == ["+15550152", "+15550153"]
    in_spanish = replace(SUMMARY, call_id="CA2", learned={"language": "es"})
    assert desk.request(in_spanish, CareLevel.EMERGENCY_911).ladder[0] == "+15550151"


def test_a_caller_who_asks_for_it_is_called_back(bench: Bench) -> None:
    transfer = bench.request()
    bench.desk.happened(transfer.token, CallbackWanted())
    (task,) = bench.store.callbacks()
    assert task.reason == "Heart attack: asked to be called back"
    assert bench.carrier.hung_up == ["CAnurse0"]


def test_a_callback_that_could_not_be_opened_stays_owed(bench: Bench) -> None:
    class Forgetful(SlowStore):
        broken = True

        def open_callback(self, task: CallbackTask) -> bool:
            if self.broken:
                raise CallStoreError("full")
            return super().open_callback(task)

    store = Forgetful()
    desk = NurseDesk(store, bench.carrier, NurseDeskSettings(NURSES), lambda: bench.at)
    transfer = desk.request(SUMMARY, CareLevel.EMERGENCY_911)
    desk.happened(transfer.token, CallerLeft())
    assert [open_case.token for open_case in store.unsettled_transfers()] == [transfer.token]


def test_what_another_server_is_doing_is_not_done_twice(bench: Bench) -> None:
    transfer = bench.request()
    assert bench.store.claim(f"{transfer.token}:RingNurse:1", 60)
    bench.desk.happened(transfer.token, NurseUnreached(0, "busy"))
    assert [rung.attempt for rung in bench.carrier.rung] == [0]


def test_a_caller_who_was_cut_off_is_known_again_by_number(bench: Bench) -> None:
    transfer = bench.request()
    assert bench.store.case_of_caller("+15550001") is None
    bench.desk.happened(transfer.token, CallerLeft())
    assert bench.store.case_of_caller("+15550001") == transfer.token


def test_a_caller_who_calls_again_and_is_with_a_nurse_is_owed_nothing(bench: Bench) -> None:
    first = bench.request()
    bench.desk.happened(first.token, CallerLeft())
    again = bench.desk.request(replace(SUMMARY, call_id="CA2"), CareLevel.EMERGENCY_911, earlier=first.token)
    assert len(bench.store.callbacks()) == 1
    for event in (CallerJoined(), NurseAnswered(0), NurseAccepted(0), NurseJoined(0)):
        bench.desk.happened(again.token, event)
    assert bench.store.callbacks() == []


def test_a_nurse_who_takes_the_call_is_rung_on_her_own_phone(bench: Bench) -> None:
    transfer = bench.request()
    assert bench.desk.volunteer(transfer.token, "+15550150")
    assert [leg.number for leg in bench.carrier.rung] == [NURSES[0], "+15550150"]
    assert bench.desk.volunteer(transfer.token, "+15550150"), "asking twice rings once"
    assert len(bench.carrier.rung) == 2
    bench.desk.happened(transfer.token, NurseAnswered(1))
    bench.desk.happened(transfer.token, NurseAccepted(1))
    assert bench.carrier.hung_up == ["CAnurse0"]


def test_it_is_too_late_to_take_a_call_that_somebody_listens_to_or_that_is_over(bench: Bench) -> None:
    transfer = bench.request()
    bench.desk.happened(transfer.token, NurseAnswered(0))
    assert not bench.desk.volunteer(transfer.token, "+15550150")
    bench.desk.happened(transfer.token, CallerLeft())
    assert not bench.desk.volunteer(transfer.token, "+15550150")
    assert not bench.desk.volunteer("no such case", "+15550150")
