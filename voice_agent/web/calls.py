"""The caller's webhooks.

`voice` answers the phone, `resume` says how the call goes on after its stream, `status` and `conference` report; who
waits is spoken to by `waiting`. Whatever goes wrong here, the caller is taken to the nurse line, with words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, HTTPException

from voice_agent.call.commands import NextStep
from voice_agent.call.transfer import (
    TAKEN,
    CallerAway,
    CallerJoined,
    CallerLeft,
    NurseJoined,
    NurseLeft,
    Transfer,
    TransferEvent,
    TransferStatus,
)
from voice_agent.call.wait_wishes import Wish
from voice_agent.errors import VoiceAgentError
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.records.call_facts import CallFacts
from voice_agent.telephony import signature, twiml
from voice_agent.transfer_care import TransferCare
from voice_agent.web.answers import OVER, nurse_line_answer, xml
from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics
from voice_agent.web.next_step import Plan, nurse_was_lost, plan
from voice_agent.web.readiness import Readiness
from voice_agent.web.recall import Recall
from voice_agent.web.settings import WebSettings
from voice_agent.web.waiting import Waiting

log = structlog.get_logger(__name__)


def calls_blueprint(
    settings: WebSettings,
    services: Services,
    desk: NurseDesk,
    care: TransferCare,
    capacity: Capacity,
    readiness: Readiness,
    metrics: Metrics,
    now: Callable[[], datetime],
    facts: CallFacts,
) -> Blueprint:
    """POST /twilio/voice, /resume, /status, /recall/<token>, and of a wait: /conference/<token>, /hold/<token>,
    /menu/<token>, /wished/<token>/<wish>.
    """
    calls = Blueprint("calls", __name__, url_prefix="/twilio")
    wait = Waiting(settings, services, desk, care)
    recall = Recall(settings, services, desk, now)
    leg = CallerLeg(settings, services, desk, wait, recall, capacity, readiness, metrics, now, facts)
    calls.post("/voice")(leg.voice)
    calls.post("/resume")(leg.resume)
    calls.post("/recall/<token>")(leg.recalled)
    calls.post("/hold/<token>")(wait.hold)
    calls.post("/menu/<token>")(wait.menu)
    calls.post(f"/wished/<token>/<any({', '.join(Wish)}):wish>")(wait.wished)
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
    wait: Waiting
    recall: Recall
    capacity: Capacity
    readiness: Readiness
    metrics: Metrics
    now: Callable[[], datetime]
    facts: CallFacts

    def voice(self) -> Response:
        """The phone rings: a stream, or the nurse line when we are full, late or not ready."""
        again = self.recall.answer()
        if again is not None:
            answer, how = again, "recalled"
        elif self.capacity.full:
            answer, how = nurse_line_answer(self.settings), "at_capacity"
        elif self.capacity.late:
            answer, how = nurse_line_answer(self.settings), "late"
        elif not self.readiness.ready:
            answer, how = nurse_line_answer(self.settings), "not_ready"
        else:
            answer, how = self._stream(resumed=False, reconnects=0), "stream"
        self.metrics.calls_answered.labels(how).inc()
        self.facts.rang(request.form["CallSid"], self.now(), how)
        return answer

    def recalled(self, token: str) -> Response:
        """A caller who was cut off has keyed in a year of birth, or nothing."""
        return self.recall.checked(token, self._as_any_other)

    def _as_any_other(self) -> Response:
        if self.capacity.full or self.capacity.lateness.late or not self.readiness.ready:
            return nurse_line_answer(self.settings)
        return self._stream(resumed=False, reconnects=0)

    def resume(self) -> Response:
        """Our socket closed, the caller left the conference, or we redirected: how the call goes on."""
        call_id = request.form["CallSid"]
        record = self.services.store.load_call(call_id)
        transfer = self.services.store.transfer_of_call(call_id)
        if transfer and request.form.get("CallStatus") in OVER:
            # A `<Dial>` asks its action even when it ended because the caller hung up.
            self.desk.happened(transfer.token, CallerLeft())
            return xml(twiml.goodbye(()))
        left_dial = "DialCallStatus" in request.form
        if transfer and nurse_was_lost(transfer, left_dial=left_dial):
            transfer = self.desk.happened(transfer.token, NurseLeft(transfer.attempt))
        reconnects = request.args.get("reconnects", default=0, type=int)
        step = plan(record, transfer, left_dial=left_dial, reconnects=reconnects)
        # Capacity is not asked: the call had its place, and a server that drains hands it to another one.
        if step is Plan.RECONNECT and not self.readiness.ready:
            step = Plan.NURSE_LINE
        log.info("call_goes_on", call=call_id, step=str(step))
        if (
            step in {Plan.CONFERENCE, Plan.BACK_TO_CONFERENCE}
            and record is not None
            and record.next_step != NextStep.CONFERENCE
        ):
            # The server that held the stream died before it could say so.
            self.services.store.save_call(replace(record, next_step=NextStep.CONFERENCE))
        return self._carried_out(step, transfer, reconnects)

    def status(self) -> tuple[str, int]:
        """The caller's leg changed; only its end matters."""
        call_id = request.form.get("CallSid", "")
        if request.form.get("CallStatus") in OVER and (transfer := self.services.store.transfer_of_call(call_id)):
            self.desk.happened(transfer.token, CallerLeft())
        return "", 204

    def conference(self, token: str) -> tuple[str, int]:
        """Somebody came into the conference, or left it."""
        transfer = self.services.store.load_transfer(token)
        for event in _conference_events(transfer, request.form) if transfer else ():
            if event == CallerLeft() and self.services.carrier.is_live(request.form.get("CallSid", "")):
                continue  # the star key leaves a conference as well
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
        promised = self.wait.promised(transfer) if transfer else ()
        match step:
            case Plan.CONFERENCE | Plan.BACK_TO_CONFERENCE | Plan.WAIT_MENU:
                if transfer is None:
                    raise AssertionError("only a transfer leads to a conference")
                return self._to_wait(step, transfer)
            case Plan.NURSE_LINE:
                return nurse_line_answer(self.settings)
            case Plan.RECONNECT:
                return self._stream(resumed=True, reconnects=reconnects + 1)
            case Plan.EMERGENCY_SCRIPT:
                return xml(twiml.goodbye(lines.unanswered_emergency + promised))
            case Plan.URGENT_SCRIPT:
                return xml(twiml.goodbye(lines.unanswered_urgent + promised))
            case Plan.CALLBACK_SCRIPT:
                return xml(twiml.goodbye(lines.unanswered + promised))
            case Plan.CHOSEN_EMERGENCY_SCRIPT:
                return xml(twiml.goodbye(lines.callback_chosen_emergency + promised))
            case Plan.CHOSEN_SCRIPT:
                return xml(twiml.goodbye(lines.callback_chosen + promised))
            case Plan.AFTER_NURSE:
                return xml(twiml.goodbye(lines.after_nurse))
            case Plan.HANG_UP:
                # Goodbye was said on the stream already.
                return xml(twiml.goodbye(()))
            case _:
                assert_never(step)

    def _to_wait(self, step: Plan, transfer: Transfer) -> Response:
        if step is Plan.WAIT_MENU:
            return self.wait.step_out(transfer)
        first = step is Plan.CONFERENCE
        return self.wait.back(transfer, self.settings.lines.joining if first else (), first=first)

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
        return xml(twiml.connect_stream(address, {"resumed": facts["resumed"]}, resume_path=resume_path))


def _conference_events(transfer: Transfer, form: Mapping[str, str]) -> Sequence[TransferEvent]:
    """What a conference's status callback means for the transfer; none for what changes nothing."""
    happened, call_id = form.get("StatusCallbackEvent"), form.get("CallSid", "")
    if happened == "conference-start":
        # Two are in it, one of them a nurse: nobody else starts it.
        return [CallerJoined(), NurseJoined(transfer.attempt)] if transfer.status in TAKEN else []
    if call_id == transfer.call_id:
        hung_up = form.get("ReasonParticipantLeft") == "participant_hung_up"
        if happened == "participant-leave":
            first = [CallerAway()] if transfer.status is TransferStatus.BRIDGED else []
            return [*first, CallerLeft()] if hung_up else first
        return [CallerJoined()] if happened == "participant-join" else []
    attempt = _attempt_of(transfer, call_id)
    match happened:
        case "participant-join":
            return [NurseJoined(attempt)]
        case "participant-leave" if transfer.status is TransferStatus.BRIDGED and attempt == transfer.attempt:
            return [NurseLeft(attempt)]
        case _:
            return []


def _attempt_of(transfer: Transfer, call_id: str) -> int:
    """Whose leg that is; while its CallSid is not known to us, it is the one who counts."""
    found = [attempt for attempt, leg in enumerate(transfer.legs) if leg.call_id == call_id]
    return found[0] if found else (transfer.attempt if not transfer.nurse_call_id else -1)
