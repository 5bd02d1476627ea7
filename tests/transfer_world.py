"""A small world around the nurse desk: telephones, webhooks that get lost, servers that die.

It plays what Twilio and people do: each telephone has its own truth, and the desk learns of it only by webhooks, which
may come late, twice, in any order or never.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from voice_agent.call.handoff import CallSummary
from voice_agent.call.ladder import LadderEntry
from voice_agent.call.transfer import (
    FINISHED,
    WAITING,
    CallbackWanted,
    CallerAway,
    CallerJoined,
    CallerLeft,
    LegStatus,
    MachineAnswered,
    NurseAccepted,
    NurseAlone,
    NurseAnswered,
    NurseDialed,
    NurseJoined,
    NurseLeft,
    NurseUnreached,
    Transfer,
    TransferEvent,
    TransferStatus,
)
from voice_agent.errors import CallStoreError, CarrierError
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.nurse_desk import NurseDesk, NurseDeskSettings
from voice_agent.ports import CallRecord
from voice_agent.transfer_care import TransferCare
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.next_step import Plan, nurse_was_lost, plan

CALLER = "CA1"
RING_S = 20
WHISPER_S = 90
"""The brief, the choices twice, and no key: the whisper's own document ends the leg."""
ROUND_S = 16
"""One round of the hold loop."""
IN_CONFERENCE = {LegStatus.ACCEPTED, LegStatus.JOINED}
WAITING_PLANS = {Plan.CONFERENCE, Plan.BACK_TO_CONFERENCE}


class ServerDied(BaseException):
    """The process is gone in the middle of what it was doing."""


@dataclass
class Phone:
    """A nurse's telephone, as it really is: `ringing`, `whisper`, `conference`, `ended`."""

    call_id: str
    attempt: int
    since: datetime
    state: str = "ringing"
    told: bool = False
    """It was ended with a sentence."""


@dataclass
class World:
    """Everything that is true, and ways to let it change."""

    ladder: tuple[str, ...] = ("+15550100", "+15550101", "+15550102")
    together: bool = False
    """The first two of the ladder ring at once."""
    at: datetime = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
    phones: list[Phone] = field(default_factory=list)
    webhooks: list[TransferEvent] = field(default_factory=list)
    caller: str = "stream"
    """`stream`, `conference`, `menu`, `script`, `nurse_line`, `gone`."""
    carrier_fails: bool = False
    order_is_lost: bool = False
    """The carrier takes orders to ring, and its answers are lost."""
    dies_at_next_ring: bool = False
    taken: bool = False
    """A nurse pressed 1 and went to the conference."""
    orders: list[int] = field(default_factory=list)
    """Attempts for which an order to ring was given."""
    store: InMemoryCallStore = field(init=False)
    desk: NurseDesk = field(init=False)
    care: TransferCare = field(init=False)
    token: str = ""
    rounds_due: datetime | None = None

    def __post_init__(self) -> None:
        self.store = InMemoryCallStore(now=lambda: self.at.timestamp())
        first, second, *others = self.ladder
        ladder = (first, LadderEntry(second, with_previous=self.together), *others)
        settings = NurseDeskSettings(ladder, ring_seconds=RING_S)
        self.desk = NurseDesk(self.store, self, settings, lambda: self.at)
        self.care = TransferCare(self.desk, self.store, self, lambda: self.at)

    # The carrier, as the desk sees it.

    def ring_nurse(self, number: str, token: str, attempt: int) -> str:
        self.orders.append(attempt)
        if self.dies_at_next_ring:
            self.dies_at_next_ring = False
            raise ServerDied
        if self.carrier_fails:
            raise CarrierError("refused")
        phone = Phone(f"CAnurse{len(self.phones)}", attempt, self.at)
        self.phones.append(phone)
        # Twilio tells of the leg within a moment, even if its answer to the order is lost; that both are is not played.
        self.serve(lambda: self.desk.happened(token, NurseDialed(attempt, phone.call_id)))
        if self.order_is_lost:
            raise CarrierError("no answer in time")
        return phone.call_id

    def redirect(self, call_id: str, path: str) -> None:
        self._reachable()
        if call_id == CALLER:
            if self.caller not in {"conference", "menu", "stream"}:
                raise CarrierError("the call is over")
            self.resume()
            return
        phone = self._phone(call_id)
        if phone.state in {"ringing", "ended"}:
            raise CarrierError("the call is not in progress")
        if path.endswith("/over"):
            phone.told = True
            self._end(phone)

    def hang_up(self, call_id: str) -> None:
        self._reachable()
        phone = self._phone(call_id)
        if phone.state != "ended":
            self._end(phone)

    def is_live(self, call_id: str) -> bool:
        self._reachable()
        if call_id == CALLER:
            return self.caller != "gone"
        return self._phone(call_id).state != "ended"

    def check(self) -> str | None:
        return None

    def _reachable(self) -> None:
        if self.carrier_fails:
            raise CarrierError("refused")

    # What the caller does.

    def request(self, level: CareLevel) -> None:
        summary = CallSummary(CALLER, "+15550001", reason="chest pain")
        self.serve(lambda: self.desk.request(summary, level))
        found = self.store.transfer_of_call(CALLER)
        self.token = found.token if found else ""

    def resume(self, *, left_dial: bool = False) -> None:
        """The caller's leg asks how it goes on, as `/twilio/resume` answers."""
        try:
            transfer = self.store.transfer_of_call(CALLER)
            if transfer and nurse_was_lost(transfer, left_dial=left_dial):
                transfer = self.desk.happened(transfer.token, NurseLeft(transfer.attempt))
            record = self.store.load_call(CALLER) or CallRecord(CALLER, "conference", self.token)
            self.store.save_call(CallRecord(CALLER, "conference", self.token))
            step = plan(record, transfer, left_dial=left_dial, reconnects=0)
            if step is Plan.WAIT_MENU:
                self.desk.happened(self.token, CallerAway())
        except CallStoreError:
            step = Plan.NURSE_LINE
        except ServerDied:
            step = Plan.NURSE_LINE  # Twilio's own fallback
        if step in WAITING_PLANS:
            self.caller, self.rounds_due = "conference", self.at
            self.webhooks.append(CallerJoined())
        elif step is Plan.WAIT_MENU:
            self.caller = "menu"
        else:
            self.caller = "nurse_line" if step is Plan.NURSE_LINE else "script"

    def caller_presses_star(self) -> None:
        self._conference_ends(by_caller=True)
        self.resume(left_dial=True)

    def caller_is_fetched(self) -> None:
        """What the caller said in the wait was a wish: out of it, as `/twilio/wished` answers, even if a nurse came."""
        self.caller = "menu"
        self._conference_ends(by_caller=True)
        try:
            transfer = self.store.load_transfer(self.token)
            if transfer and transfer.status is TransferStatus.BRIDGED:
                transfer = self.desk.happened(self.token, NurseLeft(transfer.attempt))
            if transfer and transfer.status in WAITING:
                self.desk.happened(self.token, CallerAway())
        except (CallStoreError, ServerDied):
            transfer = None
        if transfer is None:
            self.caller = "nurse_line"
        elif transfer.status in FINISHED:
            self.resume()
        elif transfer.status not in WAITING:
            self.caller, self.rounds_due = "conference", self.at
            self.webhooks.append(CallerJoined())

    def caller_wants_callback(self) -> None:
        after = self.serve(lambda: self.desk.happened(self.token, CallbackWanted()))
        transfer = after if isinstance(after, Transfer) else None
        if transfer is None:
            self.caller = "nurse_line"
        elif transfer.status in {TransferStatus.ACCEPTED, TransferStatus.BRIDGED}:
            self.caller, self.rounds_due = "conference", self.at
            self.webhooks.append(CallerJoined())
        else:
            self.caller = "script"

    def caller_hangs_up(self) -> None:
        self.caller = "gone"
        self.webhooks.append(CallerLeft())
        self._conference_ends(by_caller=True)

    def hold_round(self) -> None:
        self.rounds_due = self.at + timedelta(seconds=ROUND_S)
        try:
            transfer = self.care.tend(self.token, caller_waits=True)
            if transfer and not transfer.caller_in:
                self.desk.happened(self.token, CallerJoined())
        except CallStoreError:
            if self.caller == "conference" and not self.carrier_fails:
                self.caller = "nurse_line"
                self._conference_ends(by_caller=True)
        except ServerDied:
            return

    # What nurses do.

    def answer(self, phone: Phone) -> None:
        phone.state, phone.since = "whisper", self.at

        def tell() -> Transfer | None:
            self.desk.happened(self.token, NurseDialed(phone.attempt, phone.call_id))
            return self.desk.happened(self.token, NurseAnswered(phone.attempt))

        after = self.serve(tell)
        if isinstance(after, Transfer) and after.legs[phone.attempt].status not in {
            LegStatus.BRIEFING,
            LegStatus.DOUBTED,
        }:
            phone.told = True
            self._end(phone)

    def press_1(self, phone: Phone) -> None:
        after = self.serve(lambda: self.desk.happened(self.token, NurseAccepted(phone.attempt)))
        if phone.state != "whisper":
            return
        if isinstance(after, Transfer) and after.legs[phone.attempt].status not in {
            LegStatus.ACCEPTED,
            LegStatus.JOINED,
        }:
            phone.told = True
            self._end(phone)
            return
        phone.state, self.taken = "conference", True
        self.webhooks.append(NurseJoined(phone.attempt))

    def press_2(self, phone: Phone) -> None:
        self.serve(lambda: self.desk.happened(self.token, NurseUnreached(phone.attempt, "refused")))
        phone.told = True
        if phone.state != "ended":
            self._end(phone)

    def hang_up_phone(self, phone: Phone) -> None:
        self._end(phone)

    def seems_a_machine(self, phone: Phone) -> None:
        self.webhooks.append(MachineAnswered(phone.attempt))

    # What happens by itself.

    def deliver(self, place: int, *, keep: bool) -> None:
        event = self.webhooks[place] if keep else self.webhooks.pop(place)
        self.serve(lambda: self.desk.happened(self.token, event))

    def pass_time(self, seconds: int) -> None:
        """Servers sweep every two seconds; telephones stop ringing by themselves."""
        end = self.at + timedelta(seconds=seconds)
        while self.at < end:
            self.at += timedelta(seconds=2)
            for phone in self.phones:
                if phone.state == "ringing" and self.at - phone.since >= timedelta(seconds=RING_S):
                    phone.state = "ended"
                    self.webhooks.append(NurseUnreached(phone.attempt, "no_answer"))
            self.serve(self.care.sweep)
            self._end_long_whispers()
            self._nurse_alone_asks()
            if self.caller == "conference" and self.rounds_due and self.at >= self.rounds_due and not self.bridged:
                self.hold_round()

    def _end_long_whispers(self) -> None:
        """Of legs that the desk never heard of; one whose CallSid it knows, it has to end itself."""
        transfer = self.serve(lambda: self.store.load_transfer(self.token))
        known = {leg.call_id for leg in transfer.legs} if transfer else set()
        for phone in self.live("whisper"):
            if phone.call_id not in known and self.at - phone.since >= timedelta(seconds=WHISPER_S):
                tell = functools.partial(self.desk.happened, self.token, NurseUnreached(phone.attempt, "no_answer"))
                self.serve(tell)
                phone.told = True
                self._end(phone)

    def _nurse_alone_asks(self) -> None:
        """Whoever is alone in the conference asks every few seconds what to hear."""
        phones = self.live("conference")
        if len(phones) != 1 or self.caller == "conference":
            return
        phone = phones[0]
        after = self.serve(lambda: self.desk.happened(self.token, NurseAlone(phone.attempt)))
        if after and not self.carrier_fails and after.legs[phone.attempt].status not in IN_CONFERENCE:
            phone.told = True
            self._end(phone)

    def serve(self, work: Callable[[], Transfer | None]) -> Transfer | None:
        """A server does something; None when it could not, or has died of it."""
        try:
            return work()
        except (CallStoreError, ServerDied):
            return None

    @property
    def transfer(self) -> Transfer | None:
        return self.store.load_transfer(self.token)

    @property
    def bridged(self) -> bool:
        """A nurse and the caller hear each other, whatever the desk knows."""
        return self.caller == "conference" and any(phone.state == "conference" for phone in self.phones)

    def live(self, *states: str) -> list[Phone]:
        return [phone for phone in self.phones if phone.state in states]

    def _phone(self, call_id: str) -> Phone:
        return next(phone for phone in self.phones if phone.call_id == call_id)

    def _end(self, phone: Phone) -> None:
        was = phone.state
        phone.state = "ended"
        self.webhooks.append(NurseLeft(phone.attempt))
        if was == "conference" and not self.live("conference"):
            self._conference_ends(by_caller=False)

    def _conference_ends(self, *, by_caller: bool) -> None:
        """Whoever leaves ends it for all."""
        for phone in self.live("conference"):
            found = self.serve(lambda: self.store.load_transfer(self.token))
            waits = found and found.status is TransferStatus.ACCEPTED
            if by_caller and self.caller != "gone" and waits and found.legs[phone.attempt].status is LegStatus.JOINED:
                self.webhooks.append(NurseJoined(phone.attempt))  # she comes back in
                continue
            phone.state = "ended"
            self.webhooks.append(NurseLeft(phone.attempt))
        if not by_caller and self.caller == "conference":
            self.resume(left_dial=True)
