"""Looks after transfers that nobody moves on.

A webhook may be lost, and the process that was to act may have died. Whoever looks next finds it in the transfer
itself: what is owed and not done, who has had time enough, who is not on the line any more. `tend` looks at one case,
every round of the caller's hold loop; `Sweeper` looks at all of them every two seconds, in one of the servers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog

from voice_agent.call.transfer import (
    FINISHED,
    CallerLeft,
    LegStatus,
    NurseJoined,
    NurseLeft,
    NurseNeeded,
    NursePassedOver,
    NurseUnreached,
    Release,
    RingLost,
    RingNurse,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
    owed,
)
from voice_agent.errors import CallStoreError, CarrierError
from voice_agent.nurse_desk import CLAIM_S, NurseDesk
from voice_agent.ports import CallStore, Carrier

log = structlog.get_logger(__name__)

BRIEFING_SECONDS: Final = 60
"""The longest whisper: the summary twice, and the time to press a key."""
RING_SLACK_S: Final = 8
"""The carrier itself stops the ringing; so much later it has plainly not, or its word was lost."""
JOIN_SECONDS: Final = 20
"""From pressing 1 to the conference."""
COMES_SECONDS: Final = 60
"""A nurse waits so long in the conference for a caller who is not in it."""
LEAVES_S: Final = 5
"""So long after the caller a nurse's leg has ended with the conference, unless she is alone in it."""
AFTER_TALK_S: Final = 5
"""Who is still there so long after the nurse left was cut off, or wants another word."""
ALIVE_EVERY_S: Final = 20.0
"""How often the carrier is asked whether a caller is still on the line."""


class TransferCare:
    """Mends transfers. Safe to call from any thread and from several processes."""

    def __init__(self, desk: NurseDesk, store: CallStore, carrier: Carrier, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._store = store
        self._carrier = carrier
        self._now = now

    def tend(self, token: str, *, caller_waits: bool = False) -> Transfer | None:
        """Do what is left to do for this case; the transfer as it stands then, None when there is none.

        `caller_waits`: the caller asks from the wait just now. Raises CallStoreError.
        """
        transfer = self._store.load_transfer(token)
        if transfer is None:
            return None
        transfer = self._desk.do(transfer, [command for command in owed(transfer) if self._is_fit(transfer, command)])
        for event in self._overdue(transfer, caller_waits=caller_waits):
            log.warning("transfer_mended", transfer=token, status=str(transfer.status), by=type(event).__name__)
            transfer = self._desk.happened(token, event) or transfer
        if transfer.status in FINISHED and caller_waits:
            self._desk.comfort(transfer)
        return transfer

    def sweep(self) -> None:
        """Look at every case that is not settled. Raises CallStoreError."""
        for transfer in self._store.unsettled_transfers():
            self.tend(transfer.token)

    def _is_fit(self, transfer: Transfer, command: TransferCommand) -> bool:
        """An old order to ring is not given again: it may have been heard, so another takes its place (`RingLost`)."""
        return not isinstance(command, RingNurse) or self._seconds(transfer.legs[command.attempt].since) <= CLAIM_S

    def _overdue(self, transfer: Transfer, *, caller_waits: bool) -> Iterator[TransferEvent]:
        if transfer.status in FINISHED:
            yield from self._stays_behind(transfer)
            return
        if not caller_waits and self._caller_is_gone(transfer):
            yield CallerLeft()
            return
        if transfer.status is TransferStatus.REQUESTED and not transfer.legs:
            yield NurseNeeded()
        if transfer.status is TransferStatus.HOLDING and self._seconds(transfer.since) >= AFTER_TALK_S:
            yield NurseNeeded()
        live = [(attempt, leg) for attempt, leg in enumerate(transfer.legs) if leg.status is not LegStatus.OVER]
        if not live and transfer.status in {TransferStatus.RINGING, TransferStatus.BRIEFING}:
            yield NurseNeeded()  # of an older release: its legs are not known
        ring_s = self._desk.settings.ring_seconds + RING_SLACK_S
        for attempt, leg in live:
            waited = self._seconds(leg.since)
            match leg.status:
                case LegStatus.RINGING if not leg.call_id:
                    if waited >= CLAIM_S + 1:
                        yield RingLost(attempt)
                case LegStatus.RINGING if waited >= ring_s:
                    yield NursePassedOver(attempt, "no_answer")
                case LegStatus.BRIEFING | LegStatus.DOUBTED if waited >= BRIEFING_SECONDS:
                    yield NursePassedOver(attempt, "no_key")
                case LegStatus.ACCEPTED if waited >= JOIN_SECONDS:
                    # She was sent to the conference; if she is on the line, she is in it.
                    gone = self._is_gone(leg.call_id)
                    yield NurseUnreached(attempt, "hung_up") if gone else NurseJoined(attempt)
                case LegStatus.JOINED if waited >= JOIN_SECONDS and self._nurse_is_gone(transfer, leg.call_id):
                    yield NurseLeft(attempt)
                case LegStatus.JOINED if waited >= COMES_SECONDS and transfer.status is TransferStatus.ACCEPTED:
                    # Taken to the nurse line while the store was down, say: the nurse waits for nobody.
                    yield CallerLeft()
                case _:
                    pass

    def _stays_behind(self, transfer: Transfer) -> Iterator[TransferEvent]:
        """A nurse who came just after the caller had gone: no conference ends for her by itself."""
        for attempt, leg in enumerate(transfer.legs):
            if leg.release is Release.LEAVES and self._seconds(leg.since) >= LEAVES_S:
                yield NurseLeft(attempt) if self._is_gone(leg.call_id) else NursePassedOver(attempt, "stayed")

    def _caller_is_gone(self, transfer: Transfer) -> bool:
        """Asked of the carrier now and then: the webhook that says so may have been lost."""
        if self._seconds(transfer.since) < ALIVE_EVERY_S:
            return False
        return self._store.claim(f"{transfer.token}:alive", ALIVE_EVERY_S) and self._is_gone(transfer.call_id)

    def _nurse_is_gone(self, transfer: Transfer, call_id: str) -> bool:
        """The same of a nurse who is with the caller."""
        return self._store.claim(f"{transfer.token}:nurse-alive", ALIVE_EVERY_S) and self._is_gone(call_id)

    def _is_gone(self, call_id: str) -> bool:
        try:
            return not self._carrier.is_live(call_id)
        except CarrierError as error:
            log.warning("not_known_whether_live", problem=str(error))
            return False

    def _seconds(self, since: str) -> float:
        """How long ago that was; very long when it is not known."""
        if not since:
            return float("inf")
        return (self._now() - datetime.fromisoformat(since)) / timedelta(seconds=1)


class Sweeper:
    """A thread that sweeps, unless another server has just done so. Every server runs one."""

    def __init__(self, care: TransferCare, store: CallStore, every_s: float) -> None:
        self._care = care
        self._store = store
        self._every_s = every_s
        self._stopped = threading.Event()

    def start(self) -> None:
        """Sweep from now on, beside everything else."""
        threading.Thread(target=self._run, name="transfer-sweeper", daemon=True).start()

    def stop(self) -> None:
        """Sweep no more."""
        self._stopped.set()

    def once(self) -> None:
        """One round, if no other server had it."""
        try:
            if self._store.claim("sweep", self._every_s * 0.9):
                self._care.sweep()
        except CallStoreError as error:
            log.warning("not_swept", problem=str(error))
        except Exception:
            log.exception("not_swept")

    def _run(self) -> None:
        while not self._stopped.wait(self._every_s):
            self.once()
