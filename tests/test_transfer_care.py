"""What a lost webhook or a dead process leaves behind is mended by whoever looks next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import (
    CallerJoined,
    CallerLeft,
    MachineAnswered,
    NurseAccepted,
    NurseAnswered,
    NurseJoined,
    NurseLeft,
    NurseUnreached,
    Transfer,
    TransferEvent,
    TransferStatus,
)
from voice_agent.errors import CarrierError
from voice_agent.fakes.carrier import InMemoryCarrier
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.nurse_desk import NurseDesk, NurseDeskSettings
from voice_agent.ports import CallRecord
from voice_agent.transfer_care import Sweeper, TransferCare
from voice_agent.triage.care_levels import CareLevel

NURSES = ("+15550100", "+15550101")
SUMMARY = CallSummary("CA1", "+15550001", reason="chest pain")


class DyingCarrier(InMemoryCarrier):
    """The process that orders the next ring dies in the middle of it: nothing comes back."""

    dies = False

    def ring_nurse(self, number: str, token: str, attempt: int) -> str:
        if self.dies:
            raise SystemExit
        return super().ring_nurse(number, token, attempt)


@dataclass
class Bench:
    """A desk, its care, and a clock that is turned by hand."""

    at: datetime = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
    carrier: DyingCarrier = field(default_factory=DyingCarrier)
    store: InMemoryCallStore = field(init=False)
    desk: NurseDesk = field(init=False)
    care: TransferCare = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        self.store = InMemoryCallStore(now=lambda: self.at.timestamp())
        self.desk = NurseDesk(self.store, self.carrier, NurseDeskSettings(NURSES, ring_seconds=20), lambda: self.at)
        self.care = TransferCare(self.desk, self.store, self.carrier, lambda: self.at)

    def request(self) -> Transfer:
        transfer = self.desk.request(SUMMARY, CareLevel.EMERGENCY_911)
        self.token = transfer.token
        self.store.save_call(CallRecord("CA1", "conference", transfer.token))
        return transfer

    def happened(self, *events: TransferEvent) -> None:
        for event in events:
            self.desk.happened(self.token, event)

    def pass_time(self, seconds: float) -> None:
        """Every two seconds some server sweeps."""
        end = self.at + timedelta(seconds=seconds)
        while self.at < end:
            self.at += timedelta(seconds=2)
            self.care.sweep()

    @property
    def transfer(self) -> Transfer:
        found = self.store.load_transfer(self.token)
        assert found is not None
        return found

    @property
    def rung(self) -> list[str]:
        return [rung.number for rung in self.carrier.rung]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_process_that_dies_before_it_rings_is_made_good(bench: Bench) -> None:
    """The claim was kept, and then the process died."""
    bench.store.create_transfer(Transfer("t9", "CA9", CareLevel.NURSE_NOW, NURSES, requested_at=bench.at.isoformat()))
    bench.care.tend("t9")
    assert [rung.token for rung in bench.carrier.rung] == ["t9"]


def test_a_process_that_dies_while_it_rings_is_made_good_within_seconds(bench: Bench) -> None:
    bench.carrier.dies = True
    with pytest.raises(SystemExit):
        bench.request()
    bench.carrier.dies = False
    bench.pass_time(12)
    assert bench.rung == [NURSES[0]]
    (transfer,) = bench.store.unsettled_transfers()
    assert transfer.history == ("0:order_lost",)


def test_an_old_order_is_not_given_again_under_its_number(bench: Bench) -> None:
    """The store was away for longer than a claim lasts."""
    bench.carrier.dies = True
    with pytest.raises(SystemExit):
        bench.request()
    bench.carrier.dies = False
    bench.at += timedelta(minutes=5)
    bench.care.sweep()
    assert [rung.attempt for rung in bench.carrier.rung] == [1]


def test_an_order_in_the_works_is_not_given_again(bench: Bench) -> None:
    bench.request()
    bench.pass_time(18)
    assert bench.rung == [NURSES[0]]


def test_a_nurse_of_whom_nothing_more_is_heard_is_passed_over(bench: Bench) -> None:
    """The webhook that says `no-answer` was lost."""
    bench.request()
    bench.pass_time(26)
    assert bench.rung == [NURSES[0]]
    bench.pass_time(4)
    assert bench.rung == list(NURSES)
    assert bench.carrier.hung_up == ["CAnurse0"]


@pytest.mark.parametrize("event", [NurseAnswered(0), MachineAnswered(0)])
def test_a_whisper_that_never_ends_is_ended(bench: Bench, event: TransferEvent) -> None:
    bench.request()
    bench.happened(event)
    bench.pass_time(62)
    assert bench.rung[:2] == list(NURSES)
    assert ("CAnurse0", f"/twilio/nurse/{bench.token}/0/over") in bench.carrier.redirected


def test_a_nurse_who_accepts_and_never_comes_is_replaced(bench: Bench) -> None:
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0))
    bench.carrier.ended.add("CAnurse0")
    bench.pass_time(22)
    assert bench.rung == list(NURSES)


def test_a_nurse_who_accepts_and_is_on_the_line_is_in_the_conference(bench: Bench) -> None:
    """The webhook that says so was lost."""
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0))
    bench.pass_time(22)
    assert bench.transfer.status is TransferStatus.BRIDGED


def test_a_nurse_does_not_wait_for_a_caller_who_went_elsewhere(bench: Bench) -> None:
    """The store was down for a moment, and the caller was taken to the nurse line: a call-back takes her place."""
    bench.request()
    bench.happened(NurseAnswered(0), NurseAccepted(0), NurseJoined(0))
    bench.pass_time(58)
    assert bench.transfer.status is TransferStatus.ACCEPTED
    bench.pass_time(4)
    assert bench.transfer.status is TransferStatus.CALLER_GONE
    assert ("CAnurse0", f"/twilio/nurse/{bench.token}/0/over") in bench.carrier.redirected
    assert len(bench.store.callbacks()) == 1


def test_a_nurse_does_not_stay_behind_with_a_caller_who_had_just_gone(bench: Bench) -> None:
    """The caller hangs up as the nurse presses 1, and the carrier tells of it late."""
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0), NurseJoined(0), CallerLeft())
    assert bench.transfer.status is TransferStatus.DONE
    bench.pass_time(6)
    assert bench.carrier.redirected[-1][1].endswith("/0/over")
    assert [task.reason for task in bench.store.callbacks()] == ["the caller hung up before a nurse was joined"]


def test_a_nurse_whose_end_was_not_told_after_the_talk_owes_no_call(bench: Bench) -> None:
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0), NurseJoined(0), CallerLeft())
    bench.carrier.ended.add("CAnurse0")
    bench.pass_time(6)
    assert bench.store.callbacks() == []
    assert bench.transfer.settled


def test_a_nurse_of_whose_end_nobody_told_is_replaced(bench: Bench) -> None:
    """Her joining was told late, after she had gone."""
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0), NurseJoined(0))
    bench.carrier.ended.add("CAnurse0")
    bench.pass_time(22)
    assert bench.rung == list(NURSES)


def test_a_caller_of_whose_end_nobody_told_is_missed(bench: Bench) -> None:
    bench.request()
    bench.carrier.ended.add("CA1")
    bench.pass_time(22)
    assert bench.transfer.status is TransferStatus.CALLER_GONE
    assert bench.carrier.hung_up == ["CAnurse0"]
    assert len(bench.store.callbacks()) == 1


def test_a_carrier_that_does_not_answer_ends_no_call(bench: Bench) -> None:
    bench.request()
    bench.carrier.fail()
    bench.pass_time(22)
    assert bench.transfer.status is TransferStatus.RINGING


def test_who_is_still_there_after_the_talk_gets_the_next_nurse(bench: Bench) -> None:
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0), NurseJoined(0))
    bench.pass_time(60)
    bench.happened(NurseLeft(0))
    assert bench.transfer.status is TransferStatus.HOLDING
    bench.pass_time(6)
    assert bench.rung == list(NURSES)


def test_a_bridged_caller_is_left_alone(bench: Bench) -> None:
    bench.request()
    bench.happened(CallerJoined(), NurseAnswered(0), NurseAccepted(0), NurseJoined(0))
    bench.pass_time(3600)
    assert bench.rung == [NURSES[0]]
    assert bench.carrier.redirected == []


def test_a_redirect_that_fails_is_tried_again_by_the_hold_loop(bench: Bench) -> None:
    bench.request()
    bench.happened(NurseUnreached(0, "no_answer"))
    bench.carrier.fail()
    bench.happened(NurseUnreached(1, "no_answer"))
    bench.carrier.mend()
    bench.care.tend(bench.token, caller_waits=True)
    assert bench.carrier.redirected == [("CA1", "/twilio/resume")]


def test_a_phone_that_could_not_be_stopped_is_stopped_later(bench: Bench) -> None:
    bench.request()
    bench.carrier.fail()
    bench.happened(CallerLeft())
    bench.carrier.mend()
    assert bench.carrier.hung_up == []
    bench.pass_time(12)
    assert bench.carrier.hung_up == ["CAnurse0"]
    assert bench.store.unsettled_transfers() == []


def test_an_unknown_case_is_none(bench: Bench) -> None:
    assert bench.care.tend("unknown") is None


def test_of_several_servers_one_sweeps(bench: Bench) -> None:
    bench.request()
    bench.at += timedelta(seconds=30)
    sweepers = [Sweeper(bench.care, bench.store, every_s=2) for _ in range(3)]
    for sweeper in sweepers:
        sweeper.once()
    assert bench.carrier.hung_up == ["CAnurse0"]
    assert not bench.store.claim("sweep", 1)


def test_a_sweeper_outlives_a_store_that_is_down(bench: Bench) -> None:
    bench.request()
    sweeper = Sweeper(bench.care, bench.store, every_s=0.01)
    bench.store.fail()
    sweeper.once()
    bench.store.mend()
    bench.at += timedelta(seconds=30)
    sweeper.once()
    assert bench.carrier.hung_up == ["CAnurse0"]


def test_a_sweeper_that_does_not_get_the_carrier_goes_on(bench: Bench) -> None:
    class Odd(InMemoryCarrier):
        def is_live(self, call_id: str) -> bool:
            raise CarrierError("no route")

    care = TransferCare(bench.desk, bench.store, Odd(), lambda: bench.at)
    bench.request()
    bench.at += timedelta(seconds=25)
    care.sweep()
    assert bench.transfer.status is TransferStatus.RINGING
