"""The caller's webhooks.

`voice` answers the phone, `resume` says how the call goes on after its stream, `hold` speaks to who waits, `status`
and `conference` report. Whatever goes wrong here, the caller is taken to the nurse line, with words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, HTTPException

from voice_agent.call.commands import NextStep
from voice_agent.call.transfer import CallerLeft, NurseJoined, NurseLeft, Transfer, TransferEvent, TransferStatus
from voice_agent.errors import CallStoreError, CarrierError, VoiceAgentError
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.telephony import signature, twiml
from voice_agent.telephony.lines import Lines, Sentences
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics
from voice_agent.web.next_step import Plan, plan
from voice_agent.web.readiness import Readiness
from voice_agent.web.settings import WebSettings

log = structlog.get_logger(__name__)

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Twilio's CallStatus values for a call that has ended."""
WITHHELD = frozenset({"+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696"})
"""What Twilio gives as the number of callers who show none: ANONYMOUS, UNAVAILABLE, RESTRICTED, BLOCKED, UNKNOWN,
spelt with a telephone's letters."""


def calls_blueprint(
    settings: WebSettings,
    services: Services,
    desk: NurseDesk,
    capacity: Capacity,
    readiness: Readiness,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> Blueprint:
    """POST /twilio/voice, /resume, /hold/<token>, /status, /conference/<token>."""
    calls = Blueprint("calls", __name__, url_prefix="/twilio")
    leg = CallerLeg(settings, services, desk, capacity, readiness, metrics, now)
    calls.post("/voice")(leg.voice)
    calls.post("/resume")(leg.resume)
    calls.post("/hold/<token>")(leg.hold)
    calls.post("/status")(leg.status)
    calls.post("/conference/<token>")(leg.conference)
    calls.register_error_handler(Exception, leg.to_a_person)
    return calls


@dataclass(frozen=True, slots=True)
class CallerLeg:
    """The webhooks of the caller's leg, one method each."""

    settings: WebSettings
    services: Services
    desk: NurseDesk
    capacity: Capacity
    readiness: Readiness
    metrics: Metrics
    now: Callable[[], datetime]

    def voice(self) -> Response:
        """The phone rings: a stream, or the nurse line when we are full, late or not ready."""
        if self.capacity.full:
            answer, how = nurse_line_answer(self.settings), "at_capacity"
        elif self.capacity.late:
            answer, how = nurse_line_answer(self.settings), "late"
        elif not self.readiness.ready:
            answer, how = nurse_line_answer(self.settings), "not_ready"
        else:
            answer, how = self._stream(resumed=False, reconnects=0), "stream"
        self.metrics.calls_answered.labels(how).inc()
        return answer

    def resume(self) -> Response:
        """Our socket closed, the caller left the conference, or we redirected: how the call goes on."""
        call_id = request.form["CallSid"]
        record = self.services.store.load_call(call_id)
        transfer = self.services.store.transfer_of_call(call_id)
        reconnects = request.args.get("reconnects", default=0, type=int)
        step = plan(record, transfer, left_dial="DialCallStatus" in request.form, reconnects=reconnects)
        # Capacity is not asked: the call had its place, and a server that drains hands it to another one.
        if step is Plan.RECONNECT and not self.readiness.ready:
            step = Plan.NURSE_LINE
        log.info("call_goes_on", call=call_id, step=str(step))
        if step is Plan.CONFERENCE and record is not None and record.next_step != NextStep.CONFERENCE:
            # The server that held the stream died before it could say so.
            self.services.store.save_call(replace(record, next_step=NextStep.CONFERENCE))
        return self._carried_out(step, transfer, reconnects)

    def hold(self, token: str) -> Response:
        """The next round of the wait."""
        try:
            transfer = self.desk.tend(token)
        except CallStoreError as error:
            # Without the store nobody can say whether a nurse is still coming: take the caller to the nurse line.
            log.error("hold_without_store", transfer=token, problem=str(error))
            self._fetch_from_conference(token)
            transfer = None
        return _xml(twiml.hold(token, _comfort(self.settings.lines, transfer)))

    def status(self) -> tuple[str, int]:
        """The caller's leg changed; only its end matters."""
        call_id = request.form.get("CallSid", "")
        if request.form.get("CallStatus") in OVER and (transfer := self.services.store.transfer_of_call(call_id)):
            self.desk.happened(transfer.token, CallerLeft())
        return "", 204

    def conference(self, token: str) -> tuple[str, int]:
        """Somebody came into the conference, or left it."""
        transfer = self.services.store.load_transfer(token)
        event = _conference_event(transfer, request.form) if transfer else None
        if event:
            self.desk.happened(token, event)
        return "", 204

    def to_a_person(self, error: Exception) -> Response | HTTPException | tuple[str, int]:
        """Nothing that goes wrong with us is heard as silence or as an error."""
        if isinstance(error, HTTPException) and not isinstance(error, BadRequest):
            return error
        code = error.code if isinstance(error, VoiceAgentError) else "unexpected"
        self.metrics.failures.labels(code).inc()
        if isinstance(error, VoiceAgentError):
            log.error("webhook_failed", path=request.path, code=code, problem=str(error))
        else:
            log.exception("webhook_failed", path=request.path, code=code)
        if request.endpoint in {"calls.status", "calls.conference"}:
            return "", 204
        if request.endpoint == "calls.voice":
            self.metrics.calls_answered.labels("failed").inc()
        return nurse_line_answer(self.settings)

    def _carried_out(self, step: Plan, transfer: Transfer | None, reconnects: int) -> Response:
        lines = self.settings.lines
        match step:
            case Plan.CONFERENCE:
                if transfer is None:
                    raise AssertionError("only a transfer leads to a conference")
                return _xml(
                    twiml.join_conference(
                        transfer.conference, transfer.token, lines.joining, public_url=self.settings.public_url
                    )
                )
            case Plan.NURSE_LINE:
                return nurse_line_answer(self.settings)
            case Plan.RECONNECT:
                return self._stream(resumed=True, reconnects=reconnects + 1)
            case Plan.EMERGENCY_SCRIPT:
                return _xml(twiml.goodbye(lines.unanswered_emergency + _promise(lines)))
            case Plan.URGENT_SCRIPT:
                return _xml(twiml.goodbye(lines.unanswered_urgent + _promise(lines)))
            case Plan.CALLBACK_SCRIPT:
                return _xml(twiml.goodbye(lines.unanswered + _promise(lines)))
            case Plan.AFTER_NURSE:
                return _xml(twiml.goodbye(lines.after_nurse))
            case Plan.HANG_UP:
                # Goodbye was said on the stream already.
                return _xml(twiml.goodbye(()))
            case _:
                assert_never(step)

    def _stream(self, *, resumed: bool, reconnects: int) -> Response:
        """Open a media stream with a one-use token. The facts stay with us, behind the token."""
        facts = {
            "caller_number": request.form.get("From", ""),
            "started_at": self.now().isoformat(timespec="seconds"),
            "resumed": "true" if resumed else "false",
        }
        token = self.services.store.mint_stream_token(request.form["CallSid"], facts)
        address = signature.socket_address(self.settings.public_url, f"/twilio/media/{token}")
        resume_path = f"{twiml.RESUME_PATH}?reconnects={reconnects}" if reconnects else twiml.RESUME_PATH
        return _xml(twiml.connect_stream(address, {"resumed": facts["resumed"]}, resume_path=resume_path))

    def _fetch_from_conference(self, token: str) -> None:
        try:
            self.services.carrier.redirect(request.form.get("CallSid", ""), twiml.RESUME_PATH)
        except CarrierError as error:
            log.error("caller_not_redirected", transfer=token, problem=str(error))


def _conference_event(transfer: Transfer, form: Mapping[str, str]) -> TransferEvent | None:
    """What a conference's status callback means for the transfer; None for what changes nothing."""
    happened, call_id = form.get("StatusCallbackEvent"), form.get("CallSid", "")
    if call_id == transfer.call_id:
        hung_up = form.get("ReasonParticipantLeft") == "participant_hung_up"
        return CallerLeft() if happened == "participant-leave" and hung_up else None
    # No CallSid yet: the carrier's answer to our order is still on its way, so it is whoever is not the caller.
    if transfer.nurse_call_id not in {call_id, ""}:
        return None
    match happened:
        case "participant-join":
            return NurseJoined(transfer.attempt)
        case "participant-leave":
            return NurseLeft(transfer.attempt)
        case _:
            return None


def _promise(lines: Lines) -> Sentences:
    number = request.form.get("From", "")
    known = number.startswith("+") and number not in WITHHELD
    return lines.callback_promised if known else lines.callback_needs_number


def _comfort(lines: Lines, transfer: Transfer | None) -> Sentences:
    if transfer is None:
        return lines.hold_ringing + lines.hold_emergency
    if transfer.status in {TransferStatus.BRIEFING, TransferStatus.ACCEPTED}:
        said = lines.hold_briefing
    else:
        said = lines.hold_next if transfer.attempt > 0 else lines.hold_ringing
    emergency = transfer.care_level in {CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW}
    return said + lines.hold_emergency if emergency else said


def nurse_line_answer(settings: WebSettings) -> Response:
    """TwiML that takes the caller to the nurse line: the answer to every failure of ours."""
    return _xml(twiml.nurse_line(settings.nurse_line, settings.lines.nurse_line, settings.lines.after_nurse_line))


def _xml(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
