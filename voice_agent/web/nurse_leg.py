"""The nurse's webhooks.

`answer` whispers the case, `accept` hears the key, `status` reports how the leg ended. With the store down a nurse
who is on the phone is still brought to the caller: the conference's name follows from the token alone.
"""

from __future__ import annotations

from typing import Final

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from voice_agent.call.handoff import brief
from voice_agent.call.transfer import (
    NurseAccepted,
    NurseAnswered,
    NurseDialed,
    NurseLeft,
    NurseUnreached,
    Transfer,
    TransferStatus,
    conference_of,
)
from voice_agent.errors import CallStoreError, VoiceAgentError
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.telephony import twiml
from voice_agent.telephony.lines import Lines
from voice_agent.web.metrics import Metrics
from voice_agent.web.settings import WebSettings

log = structlog.get_logger(__name__)

UNREACHED: Final = {"no-answer": "no_answer", "busy": "busy", "failed": "failed", "canceled": "failed"}
"""Twilio's CallStatus → ours."""
TAKE, PASS = "1", "2"


def nurse_blueprint(settings: WebSettings, services: Services, desk: NurseDesk, metrics: Metrics) -> Blueprint:
    """POST /twilio/nurse/<token>/<attempt>/answer, /accept, /status."""
    nurse = Blueprint("nurse", __name__, url_prefix="/twilio/nurse/<token>/<int:attempt>")
    lines = settings.lines

    @nurse.post("/answer")
    def answer(token: str, attempt: int) -> Response:
        try:
            desk.happened(token, NurseDialed(attempt, request.form.get("CallSid", "")))
            transfer = desk.happened(token, NurseAnswered(attempt))
        except CallStoreError as error:
            log.error("nurse_answered_without_store", transfer=token, problem=str(error))
            return _whisper(lines, token, attempt, " ".join(lines.whisper_no_summary))
        if not _is_on(transfer, attempt, TransferStatus.BRIEFING):
            return _not_needed(lines, transfer)
        return _whisper(lines, token, attempt, _brief(services, lines, token))

    @nurse.post("/accept")
    def accept(token: str, attempt: int) -> Response:
        digit = request.form.get("Digits", "")
        if digit == TAKE:
            return _accepted(settings, desk, token, attempt)
        if digit and digit != PASS:
            return _whisper(lines, token, attempt, _brief(services, lines, token))
        why = "refused" if digit == PASS else "no_answer"
        try:
            desk.happened(token, NurseUnreached(attempt, why))
        except CallStoreError as error:
            log.error("refusal_not_kept", transfer=token, problem=str(error))
        return _xml(twiml.goodbye(lines.nurse_passed))

    @nurse.post("/status")
    def status(token: str, attempt: int) -> tuple[str, int]:
        call_status = request.form.get("CallStatus", "")
        if call_status in UNREACHED:
            desk.happened(token, NurseUnreached(attempt, UNREACHED[call_status]))
        elif call_status == "completed":
            # After the bridge that is the end; before it the nurse has hung up. One of the two changes nothing.
            desk.happened(token, NurseLeft(attempt))
            desk.happened(token, NurseUnreached(attempt, "hung_up"))
        else:
            desk.happened(token, NurseDialed(attempt, request.form.get("CallSid", "")))
        return "", 204

    @nurse.errorhandler(Exception)
    def with_words(error: Exception) -> Response | HTTPException | tuple[str, int]:
        if isinstance(error, HTTPException):
            return error
        code = error.code if isinstance(error, VoiceAgentError) else "unexpected"
        metrics.failures.labels(code).inc()
        log.error("nurse_webhook_failed", path=request.path, code=code, exc_info=code == "unexpected")
        if request.endpoint == "nurse.status":
            return "", 204
        return _xml(twiml.goodbye(lines.nurse_trouble))

    return nurse


def _accepted(settings: WebSettings, desk: NurseDesk, token: str, attempt: int) -> Response:
    lines = settings.lines
    try:
        transfer = desk.happened(token, NurseAccepted(attempt))
    except CallStoreError as error:
        log.error("acceptance_not_kept", transfer=token, problem=str(error))
    else:
        if not _is_on(transfer, attempt, TransferStatus.ACCEPTED, TransferStatus.BRIDGED):
            return _not_needed(lines, transfer)
    return _xml(twiml.nurse_joins(conference_of(token), token, lines.nurse_joining, public_url=settings.public_url))


def _is_on(transfer: Transfer | None, attempt: int, *statuses: TransferStatus) -> bool:
    return transfer is not None and transfer.attempt == attempt and transfer.status in statuses


def _not_needed(lines: Lines, transfer: Transfer | None) -> Response:
    gone = transfer is not None and transfer.status is TransferStatus.CALLER_GONE
    return _xml(twiml.goodbye(lines.caller_gone if gone else lines.nurse_not_needed))


def _brief(services: Services, lines: Lines, token: str) -> str:
    try:
        summary = services.store.load_summary(token)
    except CallStoreError as error:
        log.error("summary_not_read", transfer=token, problem=str(error))
        summary = None
    return brief(summary) if summary else " ".join(lines.whisper_no_summary)


def _whisper(lines: Lines, token: str, attempt: int, words: str) -> Response:
    accept_path = f"/twilio/nurse/{token}/{attempt}/accept"
    return _xml(twiml.whisper(lines.whisper_opening, words, lines.whisper_choices, accept_path=accept_path))


def _xml(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
