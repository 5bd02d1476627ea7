"""The nurse's webhooks.

`answer` whispers the case, `accept` hears the key, `status` reports how the leg ended, `answered_by` that a machine
did. With the store down a nurse who is on the phone is still brought to the caller: the conference's name follows from
the token alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from voice_agent.call.brief import brief
from voice_agent.call.brief_document import SAYS_WRONG, YEAR_AGREES
from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import (
    CallerAway,
    LegStatus,
    MachineAnswered,
    NurseAccepted,
    NurseAlone,
    NurseAnswered,
    NurseDialed,
    NurseLeft,
    NurseUnreached,
    Transfer,
    TransferEvent,
    TransferStatus,
    conference_of,
)
from voice_agent.errors import CallStoreError, CarrierError, VoiceAgentError
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.telephony import twiml
from voice_agent.telephony.lines import Lines, Sentences
from voice_agent.web.answers import OVER, xml
from voice_agent.web.metrics import Metrics
from voice_agent.web.settings import WebSettings

log = structlog.get_logger(__name__)

UNREACHED: Final = {"no-answer": "no_answer", "busy": "busy", "failed": "failed", "canceled": "failed"}
"""Twilio's CallStatus → ours."""
TAKE, PASS = "1", "2"
MACHINES: Final = ("machine", "fax")
"""How Twilio's AnsweredBy begins when it was no person."""


def nurse_blueprint(settings: WebSettings, services: Services, desk: NurseDesk, metrics: Metrics) -> Blueprint:
    """POST /twilio/nurse/<token>/<attempt>/answer, /accept, /status, /answered-by, /machine, /over, /wait, /left."""
    nurse = Blueprint("nurse", __name__, url_prefix="/twilio/nurse/<token>/<int:attempt>")
    leg = NurseLeg(settings, services, desk)
    nurse.post("/answer")(leg.answer)
    nurse.post("/accept")(leg.accept)
    nurse.post("/status")(leg.status)
    nurse.post("/answered-by", endpoint="answered_by")(leg.answered_by)
    nurse.post("/machine")(leg.machine)
    nurse.post("/over")(leg.over)
    nurse.post("/wait")(leg.wait)
    nurse.post("/left")(leg.left)

    @nurse.errorhandler(Exception)
    def with_words(error: Exception) -> Response | HTTPException | tuple[str, int]:
        if isinstance(error, HTTPException):
            return error
        code = error.code if isinstance(error, VoiceAgentError) else "unexpected"
        metrics.failures.labels(code).inc()
        log.error("nurse_webhook_failed", path=request.path, code=code, exc_info=code == "unexpected")
        if request.endpoint in {"nurse.status", "nurse.answered_by"}:
            return "", 204
        return xml(twiml.goodbye(settings.lines.nurse_trouble))

    return nurse


@dataclass(frozen=True, slots=True)
class NurseLeg:
    """The webhooks of a nurse's leg, one method each."""

    settings: WebSettings
    services: Services
    desk: NurseDesk

    def answer(self, token: str, attempt: int) -> Response:
        """Somebody, or something, picked up."""
        lines = self.settings.lines
        event: TransferEvent = MachineAnswered(attempt) if _is_machine() else NurseAnswered(attempt)
        try:
            self.desk.happened(token, NurseDialed(attempt, request.form.get("CallSid", "")))
            transfer = self.desk.happened(token, event)
        except CallStoreError as error:
            log.error("nurse_answered_without_store", transfer=token, problem=str(error))
            return self._whisper(token, attempt, " ".join(lines.whisper_no_summary))
        if _stands(transfer, attempt, LegStatus.DOUBTED):
            return self.machine(token, attempt)
        if not _stands(transfer, attempt, LegStatus.BRIEFING):
            return _not_needed(lines, transfer)
        return self._whisper(token, attempt, self._brief(token, transfer))

    def accept(self, token: str, attempt: int) -> Response:
        """A key was pressed in the whisper, or none at all."""
        lines, digit = self.settings.lines, request.form.get("Digits", "")
        if digit == TAKE:
            return self._accepted(token, attempt)
        if digit and digit != PASS:
            return self._again(token, attempt)
        why = "refused" if digit == PASS else "no_answer"
        try:
            self.desk.happened(token, NurseUnreached(attempt, why))
        except CallStoreError as error:
            log.error("refusal_not_kept", transfer=token, problem=str(error))
        return xml(twiml.goodbye(lines.nurse_passed))

    def status(self, token: str, attempt: int) -> tuple[str, int]:
        """The leg rings, was answered, or has ended."""
        call_status = request.form.get("CallStatus", "")
        if call_status in UNREACHED:
            self.desk.happened(token, NurseUnreached(attempt, UNREACHED[call_status]))
        elif call_status == "completed":
            self.desk.happened(token, NurseLeft(attempt))
        else:
            self.desk.happened(token, NurseDialed(attempt, request.form.get("CallSid", "")))
        return "", 204

    def answered_by(self, token: str, attempt: int) -> tuple[str, int]:
        """What the carrier takes the one who answered for; told beside the call, some seconds after it."""
        if _is_machine():
            self.desk.happened(token, NurseDialed(attempt, request.form.get("CallSid", "")))
            self.desk.happened(token, MachineAnswered(attempt))
        return "", 204

    def machine(self, token: str, attempt: int) -> Response:
        """Words that a machine may hear."""
        return xml(twiml.still_human(self.settings.lines.machine_answered, accept_path=_path(token, attempt, "accept")))

    def over(self, token: str, attempt: int) -> Response:
        """Why this nurse is not needed any more."""
        return _not_needed(self.settings.lines, self.services.store.load_transfer(token))

    def wait(self, token: str, attempt: int) -> Response:
        """One round for a nurse who is in the conference, and the caller not yet."""
        lines, call_id = self.settings.lines, request.form.get("CallSid", "")
        try:
            # Asking is a sign of being there, should the conference's own have been lost.
            transfer = self.desk.happened(token, NurseAlone(attempt))
        except CallStoreError as error:
            log.error("nurse_waits_without_store", transfer=token, problem=str(error))
            return xml(twiml.nurse_waits(token, attempt, lines.nurse_waiting))
        if _stands(transfer, attempt, LegStatus.ACCEPTED, LegStatus.JOINED):
            return xml(twiml.nurse_waits(token, attempt, lines.nurse_waiting))
        # The document of a wait cannot end a call.
        try:
            self.services.carrier.redirect(call_id, _path(token, attempt, "over"))
        except CarrierError as error:
            log.error("nurse_not_told", transfer=token, attempt=attempt, problem=str(error))
        return xml(twiml.nurse_waits(token, attempt, ()))

    def left(self, token: str, attempt: int) -> Response:
        """The nurse is out of the conference and still on the line: it has ended."""
        transfer = self.services.store.load_transfer(token)
        if transfer and transfer.status is TransferStatus.ACCEPTED and _stands(transfer, attempt, LegStatus.JOINED):
            # The caller has stepped out to press a key, and comes back.
            return self._joins(token, attempt, ())
        if _stands(transfer, attempt, LegStatus.JOINED) and request.form.get("CallStatus") not in OVER:
            # She has not hung up, so the caller has, or comes back: nobody is to be rung for that at once.
            self.desk.happened(token, CallerAway())
        transfer = self.desk.happened(token, NurseLeft(attempt)) or transfer
        done = transfer is not None and transfer.talked
        return xml(twiml.goodbye(self.settings.lines.caller_left if done else _why_over(self.settings.lines, transfer)))

    def _again(self, token: str, attempt: int) -> Response:
        try:
            transfer = self.desk.happened(token, NurseAnswered(attempt))
        except CallStoreError as error:
            log.error("nurse_answered_without_store", transfer=token, problem=str(error))
            return self._whisper(token, attempt, " ".join(self.settings.lines.whisper_no_summary))
        if not _stands(transfer, attempt, LegStatus.BRIEFING, LegStatus.DOUBTED):
            return _not_needed(self.settings.lines, transfer)
        return self._whisper(token, attempt, self._brief(token, transfer))

    def _accepted(self, token: str, attempt: int) -> Response:
        lines = self.settings.lines
        try:
            transfer = self.desk.happened(token, NurseAccepted(attempt))
        except CallStoreError as error:
            log.error("acceptance_not_kept", transfer=token, problem=str(error))
        else:
            if not _stands(transfer, attempt, LegStatus.ACCEPTED, LegStatus.JOINED):
                return _not_needed(lines, transfer)
        return self._joins(token, attempt, lines.nurse_joining)

    def _joins(self, token: str, attempt: int, sentences: Sentences) -> Response:
        url = self.settings.public_url
        return xml(twiml.nurse_joins(conference_of(token), token, attempt, sentences, public_url=url))

    def _brief(self, token: str, transfer: Transfer | None) -> str:
        lines = self.settings.lines
        try:
            summary = self.services.store.load_summary(token)
        except CallStoreError as error:
            log.error("summary_not_read", transfer=token, problem=str(error))
            summary = None
        words = brief(summary) if summary else " ".join(lines.whisper_no_summary)
        return " ".join((*_before(lines, transfer, summary), words))

    def _whisper(self, token: str, attempt: int, words: str) -> Response:
        lines = self.settings.lines
        accept_path = _path(token, attempt, "accept")
        return xml(twiml.whisper(lines.whisper_opening, words, lines.whisper_choices, accept_path=accept_path))


def _before(lines: Lines, transfer: Transfer | None, summary: CallSummary | None) -> Sentences:
    again: Sentences = ()
    if transfer and transfer.earlier:
        checked = summary is not None and YEAR_AGREES in summary.actions
        again = lines.whisper_again_checked if checked else lines.whisper_again
    return again + (lines.whisper_wrong if summary and SAYS_WRONG in summary.actions else ())


def _is_machine() -> bool:
    return request.form.get("AnsweredBy", "").startswith(MACHINES)


def _stands(transfer: Transfer | None, attempt: int, *statuses: LegStatus) -> bool:
    return transfer is not None and attempt < len(transfer.legs) and transfer.legs[attempt].status in statuses


def _not_needed(lines: Lines, transfer: Transfer | None) -> Response:
    return xml(twiml.goodbye(_why_over(lines, transfer)))


def _why_over(lines: Lines, transfer: Transfer | None) -> Sentences:
    if transfer is None:
        return lines.nurse_trouble
    match transfer.status:
        case TransferStatus.CALLER_GONE:
            return lines.caller_gone
        case TransferStatus.CALLBACK_CHOSEN:
            return lines.caller_chose_callback
        case TransferStatus.DONE:
            return lines.caller_left
        case _:
            return lines.nurse_not_needed


def _path(token: str, attempt: int, what: str) -> str:
    return f"/twilio/nurse/{token}/{attempt}/{what}"
