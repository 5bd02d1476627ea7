"""The media socket: one call on it.

Takes the one-use token, builds the session, hands both to the call loop, and closes the socket when the loop ends:
Twilio then asks `/twilio/resume` how the call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import structlog
from flask import Blueprint
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.events import CallConnected
from voice_agent.call.handoff import CallSummary
from voice_agent.call.session import CallSession
from voice_agent.call_loop import Call, CallSocket, Recording, SocketClosedError
from voice_agent.call_observer import CallObserver
from voice_agent.errors import CallStoreError, VoiceAgentError
from voice_agent.ports import Services
from voice_agent.records.call_facts import CallFacts
from voice_agent.web import memory
from voice_agent.web.answers import shows_number
from voice_agent.web.call_meter import Measuring
from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics
from voice_agent.web.wait_address import whom

log = structlog.get_logger(__name__)

NewSession = Callable[[CallSummary | None], CallSession]
"""A session for one call, given what is known of it from before."""
NewRecording = Callable[[str, CallSummary | None], AbstractContextManager[Recording]]
"""Opens the recording of the call with this CallSid."""
NewCall = Callable[[CallSocket, CallSession, Recording, CallObserver], Call]
"""A call on a socket, ready to run."""


class ServerSocket:
    """simple-websocket as the call loop sees it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def receive(self, timeout_s: float) -> str | bytes | None:
        try:
            message: str | bytes | None = self._server.receive(timeout=timeout_s)
        except ConnectionClosed as error:
            raise SocketClosedError from error
        return message

    def send(self, text: str) -> None:
        try:
            self._server.send(text)
        except (ConnectionClosed, OSError) as error:
            raise SocketClosedError from error


def media_blueprint(
    services: Services,
    capacity: Capacity,
    metrics: Metrics,
    new_session: NewSession,
    new_recording: NewRecording,
    new_call: NewCall,
    measuring: Measuring,
    facts_book: CallFacts,
    now: Callable[[], datetime],
) -> Blueprint:
    """WS /twilio/media/<token>."""
    media = Blueprint("media", __name__, url_prefix="/twilio")
    sock = Sock()
    sock.bp = media

    @sock.route("/media/<token>", bp=media)  # type: ignore[untyped-decorator]  # flask-sock has no types
    def stream(server: Server, token: str) -> None:
        try:
            claimed = services.store.take_stream_token(token)
        except CallStoreError as error:
            # Twilio goes on at /twilio/resume, which knows what to do without the store.
            log.error("stream_without_store", problem=str(error))
            return
        if claimed is None or whom(claimed[1]):
            metrics.refused.labels("token").inc()
            return
        if not capacity.acquire():
            metrics.refused.labels("capacity").inc()
            return
        try:
            _hold(server, *claimed)
        finally:
            capacity.release()
            memory.give_back()

    def _hold(server: Server, call_id: str, facts: dict[str, str]) -> None:
        resumed = facts.get("resumed") == "true"
        meter = measuring.meter()
        try:
            record = services.store.load_call(call_id) if resumed else None
            earlier = record.summary if record else None
            with new_recording(call_id, earlier) as recording:
                call = new_call(ServerSocket(server), new_session(earlier), recording, meter)
                summary = call.run(lambda started: _connected(started.call_id, facts, resumed=resumed))
        except VoiceAgentError as error:
            log.error("call_not_held", call=call_id, code=error.code, problem=str(error))
            metrics.failures.labels(error.code).inc()
            return
        metrics.calls_ended.labels(str(summary.disposition or "lost")).inc()
        figures, caller = meter.ended(summary), facts.get("caller_number", "")
        _log_call(summary, figures)
        facts_book.ended(summary, figures, now(), caller=caller if shows_number(caller) else "")

    return media


def _connected(call_id: str, facts: dict[str, str], *, resumed: bool) -> CallConnected:
    """The call begins, with what was known when the phone rang."""
    return CallConnected(call_id, facts.get("caller_number", ""), facts.get("started_at", ""), resumed=resumed)


def _log_call(summary: CallSummary, figures: CallFigures) -> None:
    """The one line that tells of a call; nothing that was said, no name, no number."""
    log.info(
        "call",
        call=summary.call_id,
        disposition=str(summary.disposition or "lost"),
        care_level=str(summary.care_level) if summary.care_level else None,
        red_flag=summary.red_flag.flag if summary.red_flag else None,
        turns=sum(turn.speaker == "caller" for turn in summary.turns),
        prompts=sum(turn.speaker == "agent" for turn in summary.turns),
        actions=list(summary.actions),
        **figures.for_log(),
    )
