"""Runs warm transfers across webhooks.

The shell around `call/transfer_moves.py`: loads the transfer, advances it, keeps it by compare-and-set, then performs
what the advance asked for. Several webhooks may arrive at once, late or twice, at several servers; whoever loses the
race looks again, and each thing that is to be done is claimed before it is. What a process that died has left undone
is read off the transfer itself by the next one that looks (`tend`).
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
from voice_agent.call.ladder import LadderEntry, whom_to_ring
from voice_agent.call.transfer import (
    AskIfHuman,
    CallbackOpened,
    ComfortCaller,
    DismissNurse,
    LegStatus,
    NurseDialed,
    NurseNeeded,
    NurseReleased,
    NurseUnreached,
    NurseVolunteered,
    OpenCallback,
    RingNurse,
    StopRinging,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
)
from voice_agent.call.transfer_moves import advance
from voice_agent.errors import CallStoreError, CarrierError
from voice_agent.ports import CallStore, Carrier
from voice_agent.strict_yaml import STRICT
from voice_agent.triage.care_levels import CareLevel

log = structlog.get_logger(__name__)

TOKEN_BYTES: Final = 16
RACES: Final = 10
"""How often a lost compare-and-set is tried again; two or three webhooks a case arrive together, never ten."""
RESUME_PATH: Final = "/twilio/resume"
CLAIM_S: Final = 8.0
"""How long who claimed something has for it: longer than the carrier may take, short for a caller who waits."""
RING_CLAIM_S: Final = 120.0
"""An order to ring is never given twice: one of which nothing is heard is replaced by another (`RingLost`)."""
DEFAULT_LANGUAGE: Final = "en"

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

    ladder: tuple[str | LadderEntry, ...] = field(repr=False)
    """Nurses, rung in this order: a number (E.164), or an entry with hours and languages."""
    on_call: str | None = field(default=None, repr=False)
    """Rung at any hour after the ladder; none: after the ladder comes what is said when nobody accepts."""
    ring_seconds: int = 20
    machine_detection: bool = True
    """The carrier listens for answering machines while the nurse is greeted."""
    recall_minutes: int = 30
    """Who is cut off on the way to a nurse and calls again within so long goes on where it ended; 0: never."""
    listen_while_waiting: bool = True
    """Callers who wait are heard: who says so is called back, and what they say is kept with the case."""
    sweep_seconds: float = 2.0
    """How often the open transfers are looked through for what was left undone."""
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

    @property
    def settings(self) -> NurseDeskSettings:
        """Whom it rings, and for how long."""
        return self._settings

    def request(self, summary: CallSummary, care_level: CareLevel, *, earlier: str = "") -> Transfer:
        """Keep the summary, then ring the first nurse; asking again for the same call only renews the summary.

        `earlier`: token of the case from which the caller was cut off. Raises CallStoreError: then nobody was rung.
        """
        existing = self._store.transfer_of_call(summary.call_id)
        transfer = existing or self._created(summary, care_level, earlier)
        if existing:
            self._store.save_summary(existing.token, summary)
            if existing.status is not TransferStatus.REQUESTED:
                return existing
        return self.happened(transfer.token, NurseNeeded()) or transfer

    def volunteer(self, token: str, number: str) -> bool:
        """Ring a nurse's own phone, `number`, for this caller now, beside whoever is being rung.

        False when that is too late (another nurse listens already, or it is over) or there is no such case. Raises
        CallStoreError.
        """
        after = self.happened(token, NurseVolunteered(number))
        return after is not None and any(
            leg.number == number and leg.status in {LegStatus.RINGING, LegStatus.BRIEFING} for leg in after.legs
        )

    def happened(self, token: str, event: TransferEvent) -> Transfer | None:
        """Move the transfer on and do what follows; the transfer as it stands then, None when there is none (any more).

        An event that comes late, twice or out of order changes nothing. Raises CallStoreError.
        """
        transfer, commands = self._advanced(token, event)
        return transfer and self.do(transfer, commands)

    def do(self, transfer: Transfer, commands: list[TransferCommand]) -> Transfer:
        """Perform these, and what follows from them; the transfer as it stands then."""
        waiting = deque(commands)
        while waiting:
            for told in self._perform(transfer, waiting.popleft()):
                try:
                    after, more = self._advanced(transfer.token, told)
                except CallStoreError as error:
                    # What was done is done: `tend` finds out, by the carrier's webhooks or by asking it.
                    log.error("outcome_not_kept", transfer=transfer.token, problem=str(error))
                    continue
                transfer = after or transfer
                waiting.extend(more)
        return transfer

    def _created(self, summary: CallSummary, care_level: CareLevel, earlier: str) -> Transfer:
        settings, now = self._settings, self._now()
        language = summary.learned.get("language", DEFAULT_LANGUAGE)
        ladder, steps = whom_to_ring(settings.ladder, settings.on_call, now, language)
        transfer = Transfer(
            token=secrets.token_urlsafe(TOKEN_BYTES),
            call_id=summary.call_id,
            care_level=care_level,
            ladder=ladder,
            steps=steps,
            requested_at=now.isoformat(timespec="seconds"),
            since=now.isoformat(timespec="milliseconds"),
            earlier=earlier,
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
            after, commands = advance(before, event, self._now().isoformat(timespec="milliseconds"))
            if after == before:
                return before, commands
            if self._store.replace_transfer(after, expected_version=before.version):
                self._noticed(before, after)
                return after, commands
        raise CallStoreError(f"a transfer changed {RACES} times while we changed it; the event was not kept")

    def _noticed(self, before: Transfer, after: Transfer) -> None:
        if after.status is before.status and after.attempt == before.attempt:
            return
        log.info("transfer_moved", transfer=after.token, status=str(after.status), attempt=after.attempt)
        self._observe(after)
        if after.status is TransferStatus.BRIDGED and after.earlier:
            # The caller who was cut off is with a nurse: nobody owes her that call any more.
            try:
                self._store.close_callback(after.earlier)
            except CallStoreError as error:
                log.error("callback_left_open", transfer=after.earlier, problem=str(error))

    # What is done about it.

    def _perform(self, transfer: Transfer, command: TransferCommand) -> list[TransferEvent]:
        """Do it, unless another process is at it; what follows from it at once."""
        if not self._claimed(transfer.token, command):
            return []
        match command:
            case RingNurse(attempt=attempt, number=number):
                return [self._ring(transfer, attempt, number)]
            case StopRinging(attempt=attempt, nurse_call_id=nurse_call_id):
                return [NurseReleased(attempt)] if self._hung_up(transfer, nurse_call_id) else []
            case DismissNurse(attempt=attempt, nurse_call_id=nurse_call_id):
                gone = self._sent(transfer, attempt, nurse_call_id, "over") or self._hung_up(transfer, nurse_call_id)
                return [NurseReleased(attempt)] if gone else []
            case AskIfHuman(attempt=attempt, nurse_call_id=nurse_call_id):
                self._sent(transfer, attempt, nurse_call_id, "machine")
            case ComfortCaller():
                if self._in_conference(transfer):
                    self.comfort(transfer)
            case OpenCallback(why=why):
                return self._open_callback(transfer, why)
            case _:
                assert_never(command)
        return []

    def _claimed(self, token: str, command: TransferCommand) -> bool:
        name = f"{type(command).__name__}:{getattr(command, 'attempt', '')}"
        try:
            return self._store.claim(f"{token}:{name}", RING_CLAIM_S if isinstance(command, RingNurse) else CLAIM_S)
        except CallStoreError as error:
            # The store took the decision a moment ago; better done twice than not at all.
            log.error("done_unclaimed", transfer=token, problem=str(error))
            return True

    def _ring(self, transfer: Transfer, attempt: int, number: str) -> TransferEvent:
        try:
            return NurseDialed(attempt, self._carrier.ring_nurse(number, transfer.token, attempt))
        except CarrierError as error:
            log.error("nurse_not_rung", transfer=transfer.token, attempt=attempt, problem=str(error))
            return NurseUnreached(attempt, "carrier_error")

    def _hung_up(self, transfer: Transfer, nurse_call_id: str) -> bool:
        try:
            self._carrier.hang_up(nurse_call_id)
        except CarrierError as error:
            log.error("nurse_leg_not_ended", transfer=transfer.token, problem=str(error))
            return False
        return True

    def _sent(self, transfer: Transfer, attempt: int, nurse_call_id: str, where: str) -> bool:
        """Send the nurse's leg to other words; False when it is not to be reached."""
        try:
            self._carrier.redirect(nurse_call_id, f"/twilio/nurse/{transfer.token}/{attempt}/{where}")
        except CarrierError as error:
            log.warning("nurse_not_told", transfer=transfer.token, attempt=attempt, problem=str(error))
            return False
        return True

    def comfort(self, transfer: Transfer) -> None:
        """Fetch the caller out of the wait: /twilio/resume knows what is said now."""
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

    def _open_callback(self, transfer: Transfer, why: str) -> list[TransferEvent]:
        try:
            summary = self._store.load_summary(transfer.token)
            task = self._callback(transfer, summary, why)
            if self._store.open_callback(task):
                log.info("callback_opened", transfer=transfer.token, care_level=str(transfer.care_level))
            if task.caller_number and self._settings.recall_minutes:
                self._store.remember_caller(task.caller_number, transfer.token, 60 * self._settings.recall_minutes)
        except CallStoreError as error:
            log.error("callback_not_opened", transfer=transfer.token, problem=str(error))
            return []
        return [CallbackOpened()]

    def callback_due(self, transfer: Transfer) -> tuple[datetime, datetime]:
        """When a call-back came to be owed, and by when it is to be made."""
        owed_at = datetime.fromisoformat(transfer.since) if transfer.since else self._now()
        level = transfer.care_level
        minutes = self._settings.callback_minutes.get(level, CALLBACK_MINUTES[level])
        return owed_at, owed_at + timedelta(minutes=minutes)

    def _callback(self, transfer: Transfer, summary: CallSummary | None, why: str) -> CallbackTask:
        owed_at, due = self.callback_due(transfer)
        return CallbackTask(
            token=transfer.token,
            call_id=transfer.call_id,
            caller_number=summary.caller_number if summary else "",
            care_level=transfer.care_level,
            reason=f"{summary.red_flag.title}: {why}" if summary and summary.red_flag else why,
            opened_at=owed_at.isoformat(timespec="seconds"),
            due_at=due.isoformat(timespec="seconds"),
        )
