"""How a call goes on after its stream.

Pure: what is known of the call in, one plan out. `/twilio/resume` is asked when our socket closed, when the caller
left the conference, and when we redirected the caller; the transfer, where there is one, decides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, assert_never

from voice_agent.call.commands import NextStep
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.ports import CallRecord
from voice_agent.triage.care_levels import CareLevel

RECONNECTS: Final = 3
"""How often in a row a stream is opened again; then a person."""


class Plan(StrEnum):
    """What Twilio is told."""

    CONFERENCE = "conference"
    BACK_TO_CONFERENCE = "back_to_conference"
    """The wait goes on, after the star key or because the nurse's line was lost."""
    WAIT_MENU = "wait_menu"
    """The caller has pressed the star key in the wait."""
    NURSE_LINE = "nurse_line"
    RECONNECT = "reconnect"
    EMERGENCY_SCRIPT = "emergency_script"
    URGENT_SCRIPT = "urgent_script"
    CALLBACK_SCRIPT = "callback_script"
    CHOSEN_EMERGENCY_SCRIPT = "chosen_emergency_script"
    CHOSEN_SCRIPT = "chosen_script"
    """The caller would rather be called back."""
    AFTER_NURSE = "after_nurse"
    HANG_UP = "hang_up"


def plan(record: CallRecord | None, transfer: Transfer | None, *, left_dial: bool, reconnects: int) -> Plan:
    """What comes next for a caller who is on the line now.

    `left_dial`: Twilio came from a `<Dial>` that ended, not from the stream. `reconnects`: streams that were opened
    again, one straight after the other. When in doubt the answer is a person.
    """
    if transfer is not None:
        return _after_transfer(transfer, left_dial=left_dial)
    if record is None:
        return Plan.NURSE_LINE
    match NextStep(record.next_step) if record.next_step in set(NextStep) else NextStep.NURSE_LINE:
        case NextStep.RECONNECT:
            return Plan.RECONNECT if reconnects < RECONNECTS else Plan.NURSE_LINE
        case NextStep.HANG_UP:
            return Plan.HANG_UP
        case NextStep.NURSE_LINE | NextStep.CONFERENCE:
            return Plan.NURSE_LINE


def nurse_was_lost(transfer: Transfer | None, *, left_dial: bool) -> bool:
    """A caller who comes out of a conference with a nurse: she has left it, though no webhook has said so yet."""
    return left_dial and transfer is not None and transfer.status is TransferStatus.BRIDGED


def _after_transfer(transfer: Transfer, *, left_dial: bool) -> Plan:
    urgent = transfer.care_level in {CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW}
    match transfer.status:
        case TransferStatus.REQUESTED | TransferStatus.HOLDING | TransferStatus.RINGING | TransferStatus.BRIEFING:
            if left_dial and transfer.caller_in:
                # Only a nurse who came in ends the conference, and none has: it was the star key.
                return Plan.WAIT_MENU
            return Plan.BACK_TO_CONFERENCE if left_dial else Plan.CONFERENCE
        case TransferStatus.ACCEPTED | TransferStatus.BRIDGED:
            # The nurse may be in the conference before the caller is.
            return Plan.BACK_TO_CONFERENCE if left_dial else Plan.CONFERENCE
        case TransferStatus.DONE:
            return Plan.AFTER_NURSE
        case TransferStatus.UNANSWERED:
            scripts = {
                CareLevel.EMERGENCY_911: Plan.EMERGENCY_SCRIPT,
                CareLevel.NURSE_NOW: Plan.URGENT_SCRIPT,
            }
            return scripts.get(transfer.care_level, Plan.CALLBACK_SCRIPT)
        case TransferStatus.CALLBACK_CHOSEN:
            return Plan.CHOSEN_EMERGENCY_SCRIPT if urgent else Plan.CHOSEN_SCRIPT
        case TransferStatus.CALLER_GONE:
            # But here the caller is.
            return Plan.NURSE_LINE
        case _:
            assert_never(transfer.status)
