"""Runs warm transfers across webhooks.

The shell around `call/transfer.py`: loads the transfer, advances it, keeps it by compare-and-set, then performs what
the advance asked for. Several webhooks may arrive at once, late or twice; whoever loses the race looks again.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from voice_agent.call.commands import NextStep
from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.transfer import (
    FINISHED,
    ComfortCaller,
    NurseDialed,
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
from voice_agent.errors import CallStoreError, CarrierError
from voice_agent.ports import CallStore, Carrier
from voice_agent.strict_yaml import STRICT
from voice_agent.triage.care_levels import CareLevel

log = structlog.get_logger(__name__)

TOKEN_BYTES: Final = 16
RACES: Final = 10
"""How often a lost compare-and-set is tried again; two or three webhooks a case arrive together, never ten."""
RESUME_PATH: Final = "/twilio/resume"
BRIEFING_SECONDS: Final = 60
"""The longest whisper: the summary twice, and the time to press a key."""

CALLBACK_MINUTES: Final[Mapping[CareLevel, int]] = {
    CareLevel.EMERGENCY_911: 5,
    CareLevel.NURSE_NOW: 15,
    CareLevel.NURSE_WITHIN_HOUR: 60,
    CareLevel.CLINIC_SOON: 240,
    CareLevel.SELF_CARE: 480,
}


@dataclass(frozen=True, slots=True)
class NurseDeskSettings:
    """Whom to ring, and for how long."""

    __pydantic_config__ = STRICT

    ladder: tuple[str, ...] = field(repr=False)
    """Nurse numbers, E.164, rung in this order."""
    ring_seconds: int = 20
    callback_minutes: Mapping[CareLevel, int] = field(default_factory=lambda: dict(CALLBACK_MINUTES))
    """Care level → how soon a call-back is due; one that is left out has our default."""


class NurseDesk:
    """Starts transfers and moves them on. Safe to call from any thread and from several processes."""

    def __init__(
        self,
        store: CallStore,
        carrier: Carrier,
        settings: NurseDeskSettings,
        now: Callable[[], datetime],
        observe: Callable[[Transfer], None] = lambda transfer: None,
    ) -> None:
        """`now` gives aware wall-clock times; `observe` is told of every transfer that changed its status."""
        self._store = store
        self._carrier = carrier
        self._settings = settings
        self._now = now
        self._observe = observe

    def request(self, summary: CallSummary, care_level: CareLevel) -> Transfer:
        """Keep the summary, then ring the first nurse; asking again for the same call only renews the summary.

        Raises CallStoreError: then nobody was rung.
        """
        existing = self._store.transfer_of_call(summary.call_id)
        transfer = existing or self._created(summary, care_level)
        if existing:
            self._store.save_summary(existing.token, summary)
        return self.happened(transfer.token, NurseNeeded()) or transfer

    def volunteer(self, token: str, number: str) -> bool:
        """Ring a nurse's own phone, `number`, for this caller now; False when that is too late or there is no case.

        Too late is: another nurse is listening already, or the transfer is over. Raises CallStoreError.
        """
        before = self._store.load_transfer(token)
        after = self.happened(token, NurseVolunteered(number)) if before else None
        return (
            before is not None
            and after is not None
            and after.status in {TransferStatus.RINGING, TransferStatus.BRIEFING}
            and after.ladder[after.attempt] == number
        )

    def happened(self, token: str, event: TransferEvent) -> Transfer | None:
        """Move the transfer on and do what follows; the transfer as it stands then, None when there is none (any more).

        An event that comes late, twice or out of order changes nothing. Raises CallStoreError.
        """
        events: deque[TransferEvent] = deque([event])
        transfer = None
        while events:
            transfer, commands = self._advanced(token, events.popleft())
            if transfer is None:
                return None
            for command in commands:
                events.extend(self._perform(transfer, command))
        return transfer

    def tend(self, token: str) -> Transfer | None:
        """Look after a caller who waits in the conference: called every round of the hold loop.

        Mends what a lost webhook or a process that died would leave hanging: a nurse who neither answered nor
        refused in time is passed over, and a caller for whom nobody came is taken out of the wait.
        """
        transfer = self._store.load_transfer(token)
        if transfer is None:
            return None
        if transfer.status is TransferStatus.REQUESTED:
            return self.happened(token, NurseNeeded())
        if transfer.status in {TransferStatus.RINGING, TransferStatus.BRIEFING} and self._overdue(transfer):
            log.warning("nurse_overdue", transfer=token, attempt=transfer.attempt)
            if transfer.nurse_call_id:
                self._stop_ringing(transfer, transfer.nurse_call_id)
            return self.happened(token, NurseUnreached(transfer.attempt, "no_answer"))
        if transfer.status in FINISHED:
            self._comfort(transfer)
        return transfer

    def _created(self, summary: CallSummary, care_level: CareLevel) -> Transfer:
        transfer = Transfer(
            token=secrets.token_urlsafe(TOKEN_BYTES),
            call_id=summary.call_id,
            care_level=care_level,
            ladder=self._settings.ladder,
            requested_at=self._now().isoformat(timespec="seconds"),
        )
        self._store.save_summary(transfer.token, summary)
        if self._store.create_transfer(transfer):
            log.info("transfer_requested", transfer=transfer.token, call=transfer.call_id, care_level=str(care_level))
            return transfer
        # Somebody else was first; the summary that we just kept runs out by itself.
        first = self._store.transfer_of_call(summary.call_id)
        if first is None:
            raise CallStoreError("a transfer was claimed for this call, but is not there; the nurse line must do")
        return first

    def _advanced(self, token: str, event: TransferEvent) -> tuple[Transfer | None, list[TransferCommand]]:
        for _ in range(RACES):
            before = self._store.load_transfer(token)
            if before is None:
                return None, []
            after, commands = advance(before, event)
            if after == before:
                return before, commands
            if self._store.replace_transfer(after, expected_version=before.version):
                if after.status is not before.status or after.attempt != before.attempt:
                    log.info("transfer_moved", transfer=token, status=str(after.status), attempt=after.attempt)
                    self._observe(after)
                return after, commands
        raise CallStoreError(f"a transfer changed {RACES} times while we changed it; the event was not kept")

    def _perform(self, transfer: Transfer, command: TransferCommand) -> list[TransferEvent]:
        """Do it; what follows from it at once."""
        match command:
            case RingNurse(attempt=attempt, number=number):
                return [self._ring(transfer, attempt, number)]
            case StopRinging(nurse_call_id=nurse_call_id):
                self._stop_ringing(transfer, nurse_call_id)
            case ComfortCaller():
                if self._in_conference(transfer):
                    self._comfort(transfer)
            case OpenCallback(why=why):
                self._open_callback(transfer, why)
            case _:
                assert_never(command)
        return []

    def _ring(self, transfer: Transfer, attempt: int, number: str) -> TransferEvent:
        try:
            return NurseDialed(attempt, self._carrier.ring_nurse(number, transfer.token, attempt))
        except CarrierError as error:
            log.error("nurse_not_rung", transfer=transfer.token, attempt=attempt, problem=str(error))
            return NurseUnreached(attempt, "carrier_error")

    def _stop_ringing(self, transfer: Transfer, nurse_call_id: str) -> None:
        try:
            self._carrier.hang_up(nurse_call_id)
        except CarrierError as error:
            log.error("nurse_leg_not_ended", transfer=transfer.token, problem=str(error))

    def _comfort(self, transfer: Transfer) -> None:
        try:
            self._carrier.redirect(transfer.call_id, RESUME_PATH)
        except CarrierError as error:
            # The next round of the hold loop tries again.
            log.error("caller_not_redirected", transfer=transfer.token, problem=str(error))

    def _in_conference(self, transfer: Transfer) -> bool:
        """Whether the caller has left our stream for the wait.

        One who is still on the stream must hear the safety sentence to its end; Twilio asks /twilio/resume after it.
        """
        record = self._store.load_call(transfer.call_id)
        return record is not None and record.next_step == NextStep.CONFERENCE

    def _open_callback(self, transfer: Transfer, why: str) -> None:
        summary = self._store.load_summary(transfer.token)
        now = self._now()
        level = transfer.care_level
        due = now + timedelta(minutes=self._settings.callback_minutes.get(level, CALLBACK_MINUTES[level]))
        task = CallbackTask(
            token=transfer.token,
            call_id=transfer.call_id,
            caller_number=summary.caller_number if summary else "",
            care_level=level,
            reason=f"{summary.red_flag.title}: {why}" if summary and summary.red_flag else why,
            opened_at=now.isoformat(timespec="seconds"),
            due_at=due.isoformat(timespec="seconds"),
        )
        if self._store.open_callback(task):
            log.info("callback_opened", transfer=transfer.token, care_level=str(level))

    def _overdue(self, transfer: Transfer) -> bool:
        """Whether all who were rung so far, this one included, have had their time."""
        each = timedelta(seconds=self._settings.ring_seconds + BRIEFING_SECONDS)
        return self._now() > datetime.fromisoformat(transfer.requested_at) + (transfer.attempt + 1) * each
