"""The warm transfer, told as a transcript: `>>` what happened, `<<` what to do about it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.call.transfer import (
    FINISHED,
    CallerLeft,
    ComfortCaller,
    NurseAccepted,
    NurseAnswered,
    NurseDialed,
    NurseJoined,
    NurseLeft,
    NurseNeeded,
    NurseUnreached,
    NurseVolunteered,
    OpenCallback,
    RingNurse,
    StopRinging,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
    advance,
)
from voice_agent.triage.care_levels import CareLevel

FIRST, SECOND, HERS = "+15550100", "+15550101", "+15550150"
NOBODY = OpenCallback("nobody accepted")
HUNG_UP = OpenCallback("the caller hung up before a nurse was joined")


class Playbook:
    """Plays a transfer: `>> event` advances it, `<< command` must be the next one asked for, `==` its status.

    A new event while commands are still unread fails: nothing is asked for silently.
    """

    def __init__(self, ladder: tuple[str, ...] = (FIRST, SECOND)) -> None:
        self.transfer = Transfer("t1", "CAcaller", CareLevel.EMERGENCY_911, ladder)
        self._unread: list[TransferCommand] = []

    def __rshift__(self, event: TransferEvent) -> Playbook:
        self.read_all()
        before = self.transfer
        self.transfer, self._unread = advance(before, event)
        assert self.transfer.version == before.version + (self.transfer != before), "each change counts once"
        return self

    def __lshift__(self, command: TransferCommand) -> Playbook:
        assert self._unread, f"nothing more was asked for; expected {command}"
        assert self._unread.pop(0) == command
        return self

    def __eq__(self, status: object) -> bool:
        self.read_all()
        return self.transfer.status is status

    __hash__ = None  # type: ignore[assignment]

    def read_all(self) -> None:
        assert self._unread == []


@pytest.fixture
def book() -> Playbook:
    return Playbook()


@pytest.fixture
def ringing(book: Playbook) -> Playbook:
    return book >> NurseNeeded() << RingNurse(0, FIRST) >> NurseDialed(0, "CA0")


def test_a_nurse_accepts_and_is_joined(book: Playbook) -> None:
    """The way it should go, to the end."""
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> NurseDialed(0, "CA0")
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> NurseLeft(0)
    ) == TransferStatus.DONE
    assert book.transfer.history == ("0:answered", "0:accepted", "0:bridged", "0:nurse_left")


@pytest.mark.parametrize("why", ["refused", "no_answer", "busy", "failed", "hung_up", "carrier_error"])
def test_when_one_nurse_does_not_come_the_next_is_rung(ringing: Playbook, why: str) -> None:
    assert (ringing >> NurseUnreached(0, why) << RingNurse(1, SECOND)) == TransferStatus.RINGING
    assert ringing.transfer.nurse_call_id == ""
    assert ringing.transfer.history == (f"0:{why}",)


def test_when_nobody_accepts_the_caller_is_told_and_owed_a_call(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseUnreached(0, "no_answer")
        << RingNurse(1, SECOND)
        >> NurseAnswered(1)
        >> NurseUnreached(1, "refused")
        << NOBODY
        << ComfortCaller()
    ) == TransferStatus.UNANSWERED


def test_with_nobody_to_ring_it_is_unanswered_at_once() -> None:
    assert (Playbook(()) >> NurseNeeded() << NOBODY << ComfortCaller()) == TransferStatus.UNANSWERED


def test_a_nurse_who_accepted_and_is_cut_off_before_joining_is_replaced(ringing: Playbook) -> None:
    assert (
        ringing >> NurseAnswered(0) >> NurseAccepted(0) >> NurseUnreached(0, "hung_up") << RingNurse(1, SECOND)
    ) == TransferStatus.RINGING


def test_a_caller_who_hangs_up_while_ringing_stops_the_ringing(ringing: Playbook) -> None:
    assert (ringing >> CallerLeft() << StopRinging("CA0") << HUNG_UP) == TransferStatus.CALLER_GONE


def test_a_caller_who_hangs_up_before_the_carrier_answered_stops_the_ringing_later(book: Playbook) -> None:
    """Our order to ring is on its way: the nurse's phone must not ring for nobody."""
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> CallerLeft()
        << HUNG_UP
        >> NurseDialed(0, "CA0")
        << StopRinging("CA0")
    ) == TransferStatus.CALLER_GONE


def test_a_caller_who_hangs_up_before_anybody_is_rung_is_owed_a_call(book: Playbook) -> None:
    assert (book >> CallerLeft() << HUNG_UP >> NurseNeeded()) == TransferStatus.CALLER_GONE


def test_a_caller_who_hangs_up_after_the_talk_is_owed_nothing(ringing: Playbook) -> None:
    assert (
        ringing >> NurseAnswered(0) >> NurseAccepted(0) >> NurseJoined(0) >> CallerLeft() >> NurseLeft(0)
    ) == TransferStatus.DONE


def test_webhooks_that_come_twice_change_nothing_twice(book: Playbook) -> None:
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> NurseNeeded()
        >> NurseDialed(0, "CA0")
        >> NurseDialed(0, "CA0")
        >> NurseAnswered(0)
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> NurseJoined(0)
    ) == TransferStatus.BRIDGED
    assert book.transfer.version == 5


def test_what_a_passed_over_nurse_still_does_changes_nothing(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseUnreached(0, "no_answer")
        << RingNurse(1, SECOND)
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> NurseUnreached(0, "hung_up")
        >> NurseLeft(0)
    ) == TransferStatus.RINGING
    assert ringing.transfer.attempt == 1


def test_a_nurse_may_answer_before_the_carrier_told_us_the_leg(book: Playbook) -> None:
    """The webhook overtakes the REST answer."""
    assert (
        book >> NurseNeeded() << RingNurse(0, FIRST) >> NurseAnswered(0) >> NurseDialed(0, "CA0")
    ) == TransferStatus.BRIEFING
    assert book.transfer.nurse_call_id == "CA0"


@pytest.mark.parametrize("event", [NurseAccepted(0), NurseJoined(0), NurseLeft(0)])
def test_nobody_skips_a_step(ringing: Playbook, event: TransferEvent) -> None:
    assert (ringing >> event) == TransferStatus.RINGING


def test_a_nurse_who_takes_the_call_is_rung_at_once_and_the_one_before_comes_after_her(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseVolunteered(HERS)
        << StopRinging("CA0")
        << RingNurse(1, HERS)
        >> NurseUnreached(0, "hung_up")
        >> NurseUnreached(1, "no_answer")
        << RingNurse(2, FIRST)
        >> NurseUnreached(2, "no_answer")
        << RingNurse(3, SECOND)
    ) == TransferStatus.RINGING
    assert ringing.transfer.history[0] == "0:left_to_volunteer"


def test_who_takes_the_call_before_anybody_rings_is_first(book: Playbook) -> None:
    assert (book >> NurseVolunteered(HERS) << RingNurse(0, HERS) >> NurseNeeded()) == TransferStatus.RINGING
    assert book.transfer.ladder == (HERS, FIRST, SECOND)


def test_a_phone_that_rings_already_is_not_rung_again(ringing: Playbook) -> None:
    assert (ringing >> NurseVolunteered(FIRST)) == TransferStatus.RINGING
    assert ringing.transfer.attempt == 0


def test_a_nurse_who_listens_already_is_not_cut_off(ringing: Playbook) -> None:
    assert (ringing >> NurseAnswered(0) >> NurseVolunteered(HERS)) == TransferStatus.BRIEFING


def test_a_phone_whose_leg_we_did_not_know_yet_stops_ringing_for_a_volunteer(book: Playbook) -> None:
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> NurseVolunteered(HERS)
        << RingNurse(1, HERS)
        >> NurseDialed(0, "CA0")
        << StopRinging("CA0")
        >> NurseDialed(1, "CA1")
    ) == TransferStatus.RINGING


EVENTS: list[TransferEvent] = [
    NurseNeeded(),
    CallerLeft(),
    *(NurseDialed(attempt, f"CA{attempt}") for attempt in (0, 1)),
    *(kind(attempt) for kind in (NurseAnswered, NurseAccepted, NurseJoined, NurseLeft) for attempt in (0, 1)),
    *(NurseUnreached(attempt, "no_answer") for attempt in (0, 1)),
]
VOLUNTEERS: list[TransferEvent] = [NurseVolunteered(HERS)]


@given(st.lists(st.sampled_from(EVENTS + VOLUNTEERS), max_size=25))
def test_whatever_the_order_of_webhooks_nobody_is_lost_or_rung_twice(events: list[TransferEvent]) -> None:
    transfer = Transfer("t1", "CAcaller", CareLevel.NURSE_NOW, (FIRST, SECOND))
    asked: list[TransferCommand] = []
    for event in events:
        after, commands = advance(transfer, event)
        assert (after == transfer) or after.version == transfer.version + 1
        assert transfer.status not in FINISHED or after == transfer, "what is finished stays as it is"
        transfer = after
        asked.extend(commands)
    rung = [command.attempt for command in asked if isinstance(command, RingNurse)]
    assert rung == list(range(transfer.attempt + 1))
    owed = [command for command in asked if isinstance(command, OpenCallback)]
    assert len(owed) == (transfer.status in {TransferStatus.UNANSWERED, TransferStatus.CALLER_GONE})
    assert asked.count(ComfortCaller()) == (transfer.status is TransferStatus.UNANSWERED)


def test_every_status_can_be_reached_and_every_unfinished_one_can_be_left() -> None:
    """No dead end: from each status that is not finished some event leads on."""
    seen = {Transfer("t1", "CAcaller", CareLevel.NURSE_NOW, (FIRST, SECOND))}
    frontier = set(seen)
    while frontier:
        reached = {advance(transfer, event)[0] for transfer, event in itertools.product(frontier, EVENTS)}
        stuck = {t for t in frontier if t.status not in FINISHED and all(advance(t, e)[0] == t for e in EVENTS)}
        assert not stuck
        frontier = reached - seen
        seen |= reached
    assert {transfer.status for transfer in seen} == set(TransferStatus)


def test_numbers_of_nurses_are_not_printed() -> None:
    _, commands = advance(Transfer("t1", "CAcaller", CareLevel.NURSE_NOW, (FIRST,)), NurseNeeded())
    assert FIRST not in f"{Transfer('t1', 'CAcaller', CareLevel.NURSE_NOW, (FIRST,))} {commands}"
