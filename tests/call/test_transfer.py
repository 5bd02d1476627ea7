"""The warm transfer, told as a transcript: `>>` what happened, `<<` what to do about it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from voice_agent.call.transfer import (
    FINISHED,
    AskIfHuman,
    CallbackOpened,
    CallbackWanted,
    CallerAway,
    CallerJoined,
    CallerLeft,
    ComfortCaller,
    DismissNurse,
    LegStatus,
    MachineAnswered,
    NurseAccepted,
    NurseAlone,
    NurseAnswered,
    NurseDialed,
    NurseJoined,
    NurseLeft,
    NurseNeeded,
    NursePassedOver,
    NurseReleased,
    NurseUnreached,
    NurseVolunteered,
    OpenCallback,
    RingLost,
    RingNurse,
    StopRinging,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
    owed,
)
from voice_agent.call.transfer_moves import MOST_DROPS, MOST_LEGS, SHORT_TALK_S, SURELY_ALONE_S, advance
from voice_agent.triage.care_levels import CareLevel

FIRST, SECOND, THIRD = "+15550100", "+15550101", "+15550102"
NOBODY = OpenCallback("nobody accepted")
HUNG_UP = OpenCallback("the caller hung up before a nurse was joined")
LOST = OpenCallback("the line to the nurse was lost")
WISHED = OpenCallback("asked to be called back")


class Playbook:
    """Plays a transfer: `>> event` advances it, `<< command` must be the next one asked for, `==` its status.

    A new event while commands are still unread fails: nothing is asked for silently. `wait` lets seconds pass.
    """

    def __init__(self, ladder: tuple[str, ...] = (FIRST, SECOND), steps: tuple[int, ...] = ()) -> None:
        self.transfer = Transfer("t1", "CAcaller", CareLevel.EMERGENCY_911, ladder, steps=steps)
        self._unread: list[TransferCommand] = []
        self._minute, self._second = 0, 0

    def wait(self, seconds: int) -> Playbook:
        self._minute, self._second = divmod(60 * self._minute + self._second + seconds, 60)
        return self

    def __rshift__(self, event: TransferEvent) -> Playbook:
        self.read_all()
        before = self.transfer
        at = f"2026-03-02T14:{self._minute:02}:{self._second:02}-05:00"
        self.transfer, self._unread = advance(before, event, at)
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


@pytest.fixture
def bridged(ringing: Playbook) -> Playbook:
    return ringing >> NurseAnswered(0) >> CallerJoined() >> NurseAccepted(0) >> NurseJoined(0)


@pytest.fixture
def together() -> Playbook:
    """Two ring at once, a third stands after them."""
    book = Playbook((FIRST, SECOND, THIRD), (0, 0, 1))
    return (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        << RingNurse(1, SECOND)
        >> NurseDialed(0, "CA0")
        >> NurseDialed(1, "CA1")
    )


def test_a_nurse_accepts_and_is_joined(book: Playbook) -> None:
    """The way it should go, to the end."""
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> NurseDialed(0, "CA0")
        >> CallerJoined()
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> CallerLeft()
        >> NurseLeft(0)
    ) == TransferStatus.DONE
    assert book.transfer.history == ("0:answered", "0:accepted", "0:bridged", "0:caller_left")
    assert book.transfer.settled


def test_both_must_be_there_before_it_counts_as_bridged(ringing: Playbook) -> None:
    """The safety sentence may take longer than the nurse."""
    assert (ringing >> NurseAnswered(0) >> NurseAccepted(0) >> NurseJoined(0)) == TransferStatus.ACCEPTED
    assert (ringing >> CallerJoined()) == TransferStatus.BRIDGED


@pytest.mark.parametrize("why", ["refused", "no_answer", "busy", "failed", "hung_up"])
def test_when_one_nurse_does_not_come_the_next_is_rung(ringing: Playbook, why: str) -> None:
    assert (ringing >> NurseUnreached(0, why) << RingNurse(1, SECOND)) == TransferStatus.RINGING
    assert ringing.transfer.nurse_call_id == ""
    assert ringing.transfer.history == (f"0:{why}",)


def test_a_nurse_who_has_had_her_time_is_passed_over_and_her_phone_stops(ringing: Playbook) -> None:
    assert (
        ringing >> NursePassedOver(0, "no_answer") << StopRinging(0, "CA0") << RingNurse(1, SECOND)
    ) == TransferStatus.RINGING
    assert (ringing >> NurseReleased(0)) == TransferStatus.RINGING
    assert owed(ringing.transfer) == [RingNurse(1, SECOND)]


def test_one_who_presses_no_key_is_told_that_somebody_else_is_tried(ringing: Playbook) -> None:
    assert (
        ringing >> NurseAnswered(0) >> NursePassedOver(0, "no_key") << DismissNurse(0, "CA0") << RingNurse(1, SECOND)
    ) == TransferStatus.RINGING


def test_when_nobody_accepts_the_caller_is_told_and_owed_a_call(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseUnreached(0, "no_answer")
        << RingNurse(1, SECOND)
        >> NurseDialed(1, "CA1")
        >> NurseAnswered(1)
        >> NurseUnreached(1, "refused")
        << NOBODY
        << ComfortCaller()
    ) == TransferStatus.UNANSWERED
    assert not ringing.transfer.settled
    assert (ringing >> CallbackOpened()) == TransferStatus.UNANSWERED
    assert ringing.transfer.settled


def test_with_nobody_to_ring_it_is_unanswered_at_once() -> None:
    assert (Playbook(()) >> NurseNeeded() << NOBODY << ComfortCaller()) == TransferStatus.UNANSWERED


def test_a_nurse_who_accepted_and_is_cut_off_before_joining_is_replaced(ringing: Playbook) -> None:
    assert (
        ringing >> NurseAnswered(0) >> NurseAccepted(0) >> NurseUnreached(0, "hung_up") << RingNurse(1, SECOND)
    ) == TransferStatus.RINGING


def test_an_acceptance_that_was_not_kept_counts_once_she_is_in_the_conference(ringing: Playbook) -> None:
    """The store was down when 1 was pressed; only who pressed it is sent to the conference."""
    assert (ringing >> CallerJoined() >> NurseJoined(0)) == TransferStatus.BRIDGED


# Several phones at once.


def test_the_first_to_press_1_wins_and_the_others_are_let_go(together: Playbook) -> None:
    assert (
        together >> NurseAnswered(0) >> NurseAnswered(1) >> NurseAccepted(1) << DismissNurse(0, "CA0")
    ) == TransferStatus.ACCEPTED
    assert (together >> NurseAccepted(0)) == TransferStatus.ACCEPTED
    assert together.transfer.attempt == 1
    assert together.transfer.legs[0].status is LegStatus.OVER


def test_a_phone_that_still_rings_when_another_accepts_is_stopped(together: Playbook) -> None:
    assert (
        together >> NurseAnswered(0) >> NurseAccepted(0) << StopRinging(1, "CA1") >> NurseUnreached(1, "failed")
    ) == TransferStatus.ACCEPTED
    assert owed(together.transfer) == []


def test_the_next_step_comes_only_when_all_of_this_one_are_out(together: Playbook) -> None:
    assert (together >> NurseUnreached(0, "busy")) == TransferStatus.RINGING
    assert (together >> NurseUnreached(1, "no_answer") << RingNurse(2, THIRD)) == TransferStatus.RINGING


def test_two_nurses_are_never_with_one_caller(together: Playbook) -> None:
    """The store lost one acceptance: who comes second into the conference is asked out of it."""
    assert (
        together
        >> CallerJoined()
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        << StopRinging(1, "CA1")
        >> NurseJoined(0)
        >> NurseJoined(1)
        << DismissNurse(1, "CA1")
    ) == TransferStatus.BRIDGED


def test_a_volunteer_rings_beside_the_others(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseVolunteered(THIRD)
        << RingNurse(1, THIRD)
        >> NurseDialed(1, "CA1")
        >> NurseAnswered(1)
        >> NurseAccepted(1)
        << StopRinging(0, "CA0")
        >> NurseVolunteered(SECOND)
    ) == TransferStatus.ACCEPTED


# Machines.


def test_a_machine_is_not_told_the_case_and_the_next_is_rung(ringing: Playbook) -> None:
    assert (
        ringing >> NurseAnswered(0) >> MachineAnswered(0) << AskIfHuman(0, "CA0") << RingNurse(1, SECOND)
    ) == TransferStatus.RINGING
    assert ringing.transfer.history == ("0:answered", "0:voicemail")


def test_a_nurse_who_was_taken_for_a_machine_may_still_press_1(ringing: Playbook) -> None:
    assert (
        ringing
        >> MachineAnswered(0)
        << AskIfHuman(0, "CA0")
        << RingNurse(1, SECOND)
        >> NurseDialed(1, "CA1")
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        << StopRinging(1, "CA1")
    ) == TransferStatus.ACCEPTED
    assert ringing.transfer.attempt == 0


def test_only_machines_is_nobody(ringing: Playbook) -> None:
    assert (
        ringing
        >> MachineAnswered(0)
        << AskIfHuman(0, "CA0")
        << RingNurse(1, SECOND)
        >> NurseDialed(1, "CA1")
        >> MachineAnswered(1)
        << AskIfHuman(1, "CA1")
        << DismissNurse(0, "CA0")
        << DismissNurse(1, "CA1")
        << NOBODY
        << ComfortCaller()
    ) == TransferStatus.UNANSWERED


# The caller leaves.


def test_a_caller_who_hangs_up_while_ringing_stops_the_ringing(ringing: Playbook) -> None:
    assert (ringing >> CallerLeft() << StopRinging(0, "CA0") << HUNG_UP) == TransferStatus.CALLER_GONE


def test_a_nurse_who_has_answered_is_told_that_the_caller_is_gone(ringing: Playbook) -> None:
    assert (
        ringing >> NurseAnswered(0) >> CallerLeft() << DismissNurse(0, "CA0") << HUNG_UP
    ) == TransferStatus.CALLER_GONE


def test_a_nurse_who_waits_alone_in_the_conference_is_told_as_well(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> CallerLeft()
        << DismissNurse(0, "CA0")
        << HUNG_UP
    ) == TransferStatus.CALLER_GONE


def test_a_caller_who_hangs_up_before_the_carrier_answered_stops_the_ringing_later(book: Playbook) -> None:
    """Our order to ring is on its way: the nurse's phone must not ring for nobody."""
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> CallerLeft()
        << HUNG_UP
        >> NurseDialed(0, "CA0")
        << StopRinging(0, "CA0")
    ) == TransferStatus.CALLER_GONE


def test_a_caller_who_hangs_up_before_anybody_is_rung_is_owed_a_call(book: Playbook) -> None:
    assert (book >> CallerLeft() << HUNG_UP >> NurseNeeded()) == TransferStatus.CALLER_GONE


def test_a_caller_who_hangs_up_after_the_talk_is_owed_nothing(bridged: Playbook) -> None:
    assert (bridged >> CallerLeft() >> NurseLeft(0)) == TransferStatus.DONE


def test_a_nurse_who_came_when_the_caller_had_just_gone_is_let_go_and_a_call_is_owed(bridged: Playbook) -> None:
    """Late webhooks make it look like a talk; but a conference ends for both, and she is still there."""
    assert (
        bridged >> CallerLeft() >> NursePassedOver(0, "stayed") << DismissNurse(0, "CA0") << HUNG_UP
    ) == TransferStatus.DONE
    assert not bridged.transfer.settled
    assert (bridged >> NurseReleased(0) >> CallbackOpened()) == TransferStatus.DONE
    assert bridged.transfer.settled


def test_a_nurse_who_is_alone_was_never_with_the_caller_we_thought_was_there(bridged: Playbook) -> None:
    assert (bridged.wait(SURELY_ALONE_S) >> NurseAlone(0)) == TransferStatus.ACCEPTED
    assert not bridged.transfer.caller_in
    assert (bridged >> CallerJoined()) == TransferStatus.BRIDGED


def test_what_a_nurse_asked_just_before_the_caller_came_parts_nobody(bridged: Playbook) -> None:
    assert (bridged.wait(SURELY_ALONE_S - 1) >> NurseAlone(0)) == TransferStatus.BRIDGED


def test_a_nurse_who_is_alone_has_accepted_though_it_was_not_kept(ringing: Playbook) -> None:
    assert (ringing >> NurseAnswered(0) >> NurseAlone(0)) == TransferStatus.ACCEPTED


def test_a_nurse_whose_end_is_told_after_the_callers_owes_nothing(bridged: Playbook) -> None:
    assert (bridged >> CallerLeft()) == TransferStatus.DONE
    assert not bridged.transfer.settled
    assert (bridged >> NurseLeft(0) >> NursePassedOver(0, "stayed")) == TransferStatus.DONE
    assert bridged.transfer.settled


def test_a_caller_who_would_rather_be_called_back_is(ringing: Playbook) -> None:
    assert (
        ringing >> CallerJoined() >> CallerAway() >> CallbackWanted() << StopRinging(0, "CA0") << WISHED
    ) == TransferStatus.CALLBACK_CHOSEN


def test_a_wish_to_be_called_back_comes_too_late_once_a_nurse_has_accepted(ringing: Playbook) -> None:
    assert (ringing >> NurseAnswered(0) >> NurseAccepted(0) >> CallbackWanted()) == TransferStatus.ACCEPTED


# The nurse's line is lost.


def test_an_order_that_the_carrier_refuses_leads_to_the_next_nurse(book: Playbook) -> None:
    assert (
        book >> NurseNeeded() << RingNurse(0, FIRST) >> NurseUnreached(0, "carrier_error") << RingNurse(1, SECOND)
    ) == TransferStatus.RINGING


def test_an_order_of_which_only_the_answer_is_lost_rings_on(ringing: Playbook) -> None:
    """The carrier told that the leg rings before our waiting for its answer was over."""
    assert (ringing >> NurseUnreached(0, "carrier_error")) == TransferStatus.RINGING
    assert (ringing >> NurseAnswered(0) >> NurseAccepted(0)) == TransferStatus.ACCEPTED


def test_a_nurse_who_is_lost_at_once_is_replaced_at_once(bridged: Playbook) -> None:
    assert (bridged.wait(SHORT_TALK_S - 1) >> NurseLeft(0) << RingNurse(1, SECOND)) == TransferStatus.RINGING
    assert bridged.transfer.history[-1] == "0:dropped"
    assert not bridged.transfer.caller_in
    assert (
        bridged >> NurseDialed(1, "CA1") >> CallerJoined() >> NurseAnswered(1) >> NurseAccepted(1) >> NurseJoined(1)
    ) == TransferStatus.BRIDGED


def test_a_caller_who_gives_up_after_the_drop_is_owed_a_call(bridged: Playbook) -> None:
    assert (
        bridged
        >> NurseLeft(0)
        << RingNurse(1, SECOND)
        >> NurseDialed(1, "CA1")
        >> CallerLeft()
        << StopRinging(1, "CA1")
        << LOST
    ) == TransferStatus.CALLER_GONE


def test_after_a_longer_talk_the_caller_may_simply_hang_up(bridged: Playbook) -> None:
    assert (bridged.wait(SHORT_TALK_S) >> NurseLeft(0)) == TransferStatus.HOLDING
    assert (bridged >> CallerLeft()) == TransferStatus.DONE


def test_who_is_still_there_after_a_longer_talk_gets_the_next_nurse(bridged: Playbook) -> None:
    assert (bridged.wait(SHORT_TALK_S) >> NurseLeft(0) >> NurseNeeded() << RingNurse(1, SECOND)) == (
        TransferStatus.RINGING
    )


def test_after_a_drop_those_who_have_had_a_turn_come_again(bridged: Playbook) -> None:
    assert (
        bridged
        >> NurseLeft(0)
        << RingNurse(1, SECOND)
        >> NurseUnreached(1, "no_answer")
        << RingNurse(2, FIRST)
        >> NurseUnreached(2, "no_answer")
        << NOBODY
        << ComfortCaller()
    ) == TransferStatus.UNANSWERED


def test_a_line_that_always_drops_ends_with_a_call_back() -> None:
    book = Playbook((FIRST,))
    book >> NurseNeeded() << RingNurse(0, FIRST)
    for attempt in range(MOST_DROPS + 1):
        book >> NurseDialed(attempt, f"CA{attempt}") >> CallerJoined() >> NurseAnswered(attempt)
        book >> NurseAccepted(attempt) >> NurseJoined(attempt) >> NurseLeft(attempt)
        if attempt < MOST_DROPS:
            book << RingNurse(attempt + 1, FIRST)
    assert (book << NOBODY << ComfortCaller()) == TransferStatus.UNANSWERED


def test_no_caller_makes_the_phones_ring_for_ever(ringing: Playbook) -> None:
    for attempt in range(1, MOST_LEGS):
        number = f"{THIRD}{attempt}"
        ringing >> NurseVolunteered(number) << RingNurse(attempt, number) >> NurseDialed(attempt, f"CA{attempt}")
    ringing >> NurseVolunteered(THIRD)
    assert ringing.transfer.status is TransferStatus.UNANSWERED
    ringing._unread.clear()


# What comes late, twice, or never.


def test_webhooks_that_come_twice_change_nothing_twice(book: Playbook) -> None:
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> NurseNeeded()
        >> CallerJoined()
        >> CallerJoined()
        >> NurseDialed(0, "CA0")
        >> NurseDialed(0, "CA0")
        >> NurseAnswered(0)
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> NurseJoined(0)
    ) == TransferStatus.BRIDGED
    assert book.transfer.version == 6


def test_what_a_passed_over_nurse_still_does_changes_nothing(ringing: Playbook) -> None:
    assert (
        ringing
        >> NurseUnreached(0, "no_answer")
        << RingNurse(1, SECOND)
        >> NurseAnswered(0)
        >> NurseAccepted(0)
        >> NurseJoined(0)
        >> MachineAnswered(0)
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


def test_an_order_of_which_nothing_is_heard_is_given_again_once(book: Playbook) -> None:
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> RingLost(0)
        << RingNurse(1, FIRST)
        >> NurseDialed(0, "CA0")
        << StopRinging(0, "CA0")
    ) == TransferStatus.RINGING
    assert owed(book.transfer) == [StopRinging(0, "CA0"), RingNurse(1, FIRST)]


def test_an_order_that_is_lost_twice_is_given_to_the_next(book: Playbook) -> None:
    assert (
        book
        >> NurseNeeded()
        << RingNurse(0, FIRST)
        >> RingLost(0)
        << RingNurse(1, FIRST)
        >> RingLost(1)
        << RingNurse(2, SECOND)
    ) == TransferStatus.RINGING


def test_an_order_that_was_heard_of_is_not_lost(ringing: Playbook) -> None:
    assert (ringing >> RingLost(0)) == TransferStatus.RINGING
    assert len(ringing.transfer.legs) == 1


def test_an_attempt_that_never_was_is_nothing(ringing: Playbook) -> None:
    assert (ringing >> NurseAccepted(7) >> NurseLeft(-1)) == TransferStatus.RINGING


def test_nobody_leaves_who_was_not_there(bridged: Playbook) -> None:
    assert (bridged >> NurseLeft(5)) == TransferStatus.BRIDGED


def test_a_caller_who_hangs_up_first_makes_nobody_ring(bridged: Playbook) -> None:
    """The conference ends for both, and tells that the nurse left before the carrier tells that the call has ended."""
    assert (bridged.wait(3) >> CallerAway() >> NurseLeft(0)) == TransferStatus.HOLDING
    assert (bridged >> CallerLeft()) == TransferStatus.DONE


def test_a_transfer_of_an_older_release_goes_on(book: Playbook) -> None:
    """Its legs are not known: the next one is rung."""
    book.transfer = replace(book.transfer, status=TransferStatus.RINGING, attempt=0)
    assert (book >> NurseNeeded() << RingNurse(0, FIRST)) == TransferStatus.RINGING


def every_event(transfer: Transfer) -> list[TransferEvent]:
    caller = [NurseNeeded(), CallerJoined(), CallerAway(), CallerLeft(), CallbackWanted(), CallbackOpened()]
    nurse = [
        event
        for attempt in range(len(transfer.legs))
        for event in (
            NurseDialed(attempt, f"CA{attempt}"),
            RingLost(attempt),
            NurseAnswered(attempt),
            MachineAnswered(attempt),
            NurseAccepted(attempt),
            NurseUnreached(attempt, "no_answer"),
            NursePassedOver(attempt, "no_key"),
            NurseJoined(attempt),
            NurseAlone(attempt),
            NurseLeft(attempt),
            NurseReleased(attempt),
        )
    ]
    return [*caller, *nurse]


def test_every_status_can_be_reached_and_every_unfinished_one_can_be_left() -> None:
    """No dead end: from each status that is not finished some event leads to another."""
    first = Transfer("t1", "CAcaller", CareLevel.NURSE_NOW, (FIRST,))
    frontier, seen, left = deque([first]), {_what_matters(first)}, dict[TransferStatus, set[TransferStatus]]()
    while frontier and len(seen) < 500:
        transfer = frontier.popleft()
        for event in every_event(transfer):
            for at in ("2026-03-02T14:00:00-05:00", "2026-03-02T14:10:00-05:00"):
                after, _ = advance(transfer, event, at)
                left.setdefault(transfer.status, set()).add(after.status)
                if len(after.legs) <= 2 and _what_matters(after) not in seen:
                    seen.add(_what_matters(after))
                    frontier.append(after)
    assert set(left) == set(TransferStatus)
    assert all((afters == {status}) == (status in FINISHED) for status, afters in left.items())


def _what_matters(transfer: Transfer) -> object:
    legs = tuple((leg.status, bool(leg.call_id), leg.release) for leg in transfer.legs)
    return transfer.status, legs, transfer.caller_in, transfer.talked, transfer.callback


def test_numbers_of_nurses_are_not_printed() -> None:
    transfer, commands = advance(Transfer("t1", "CAcaller", CareLevel.NURSE_NOW, (FIRST,)), NurseNeeded())
    assert FIRST not in f"{transfer} {commands} {NurseVolunteered(FIRST)}"
