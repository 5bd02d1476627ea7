"""The socket on which a caller who waits for a nurse is heard.

It never speaks. Who asks to be called back, or says that the read-back is wrong, is fetched out of the wait to the
webhook for it; all that is said is kept with the case, for the nurse, and goes through the red-flag screen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog
from flask import Blueprint
from flask_sock import Sock
from simple_websocket import Server

from voice_agent.call.handoff import CallSummary, TurnRecord
from voice_agent.call.replies import Listen
from voice_agent.call.transfer import WAITING, CaseWorsened
from voice_agent.call.wait_wishes import WaitWords, is_echo, wish
from voice_agent.errors import CallStoreError, CarrierError, VoiceAgentError
from voice_agent.hearing import HearingSettings
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.telephony.lines import Sentences
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.wait_listening import Said, WaitListening
from voice_agent.web import memory
from voice_agent.web.media import ServerSocket
from voice_agent.web.metrics import Metrics
from voice_agent.web.wait_address import PATH, Heard, whom

log = structlog.get_logger(__name__)

ONCE_S: Final = 4.0
"""A wish is not followed again within so long: the caller is on the way out of the wait."""
SAID_WAITING: Final = "spoke_while_waiting"


@dataclass(frozen=True, slots=True)
class WaitSettings:
    """How callers who wait are heard."""

    ours: Sentences
    """All that the line may say to them meanwhile."""
    words: WaitWords = field(default_factory=WaitWords)
    hearing: HearingSettings = field(default_factory=HearingSettings)
    most: int = 20
    """So many are heard at once, in each process; others have the keys."""


def wait_blueprint(
    services: Services,
    desk: NurseDesk,
    screen: RedFlagScreen,
    settings: WaitSettings,
    metrics: Metrics,
    recognition: Executor,
    now: Callable[[], datetime],
    draining: Callable[[], bool] = lambda: False,
) -> Blueprint:
    """WS /twilio/media/wait/<token>. `recognition`: the threads that decode calls as well.

    `draining`: this server is about to stop, and closes; who waits has the keys from then on.
    """
    waits = Blueprint("waits", __name__)
    sock = Sock()
    sock.bp = waits
    places = threading.BoundedSemaphore(settings.most)

    @sock.route(f"{PATH}<token>", bp=waits)  # type: ignore[untyped-decorator]  # flask-sock has no types
    def stream(server: Server, token: str) -> None:
        try:
            claimed = services.store.take_stream_token(token)
        except CallStoreError as error:
            log.error("stream_without_store", problem=str(error))
            return
        found = whom(claimed[1]) if claimed else None
        if claimed is None or found is None:
            metrics.refused.labels("token").inc()
            return
        if not places.acquire(blocking=False):
            metrics.refused.labels("capacity").inc()
            return
        case = _Case(
            services, desk, screen, settings, now, draining, call_id=claimed[0], token=found[0], heard=found[1]
        )
        listen = Listen.YES_NO if case.heard is Heard.ANSWER else Listen.OPEN
        try:
            WaitListening(
                ServerSocket(server), services, recognition, settings.hearing, case.goes_on, case.said, listen
            ).run()
        except VoiceAgentError as error:
            log.error("wait_not_heard", transfer=found[0], code=error.code, problem=str(error))
            metrics.failures.labels(error.code).inc()
        finally:
            places.release()
            memory.give_back()

    return waits


@dataclass(slots=True)
class _Case:
    """One caller on one socket. Belongs to the socket's thread."""

    services: Services
    desk: NurseDesk
    screen: RedFlagScreen
    settings: WaitSettings
    now: Callable[[], datetime]
    draining: Callable[[], bool]
    call_id: str
    token: str
    heard: Heard
    was_in: bool = False
    """The caller has been in the conference since this socket opened."""

    def goes_on(self) -> bool:
        """Whether the caller is still where this socket was opened for, and no nurse has the case."""
        if self.draining():
            return False
        try:
            transfer = self.services.store.load_transfer(self.token)
        except CallStoreError:
            return True  # nobody can say; the next look may
        if transfer is None or transfer.status not in WAITING:
            return False
        if self.heard is not Heard.WAIT:
            return not transfer.caller_in
        self.was_in = self.was_in or transfer.caller_in
        return transfer.caller_in or not self.was_in

    def said(self, said: Said) -> None:
        """The caller has said something."""
        ours = self.settings.ours
        if all(is_echo(text, ours) for text in said.readings) or not self.goes_on():
            return
        asked = self.heard is Heard.ANSWER
        wishes = ((text, wish(text, self.settings.words, asked=asked, ours=ours)) for text in said.readings)
        text, wished = next(((text, one) for text, one in wishes if one), (said.readings[0], None))
        log.info("heard_in_wait", transfer=self.token, wish=str(wished) if wished else None)
        try:
            self._keep(said, text)
            if wished and self.services.store.claim(f"{self.token}:wished:{wished}", ONCE_S):
                self.services.carrier.redirect(self.call_id, f"/twilio/wished/{self.token}/{wished}")
        except (CallStoreError, CarrierError) as error:
            # The wait goes on, and the keys are left.
            log.error("wish_not_followed", transfer=self.token, problem=str(error))

    def _keep(self, said: Said, text: str) -> None:
        """For the nurse: the words, in the reading that is believed, and the red flag that they raise."""
        store = self.services.store
        transfer, summary = store.load_transfer(self.token), store.load_summary(self.token)
        if transfer is None or summary is None:
            return
        at_ms = self._at_ms(summary)
        earlier = tuple(turn.text for turn in summary.turns if turn.speaker == "caller")
        flag = self.screen.screen(said.readings[0], alternatives=said.readings[1:], context=earlier, at_ms=at_ms).raised
        actions = summary.actions if SAID_WAITING in summary.actions else (*summary.actions, SAID_WAITING)
        after = replace(summary, turns=(*summary.turns, _turn(said, text, at_ms)), actions=actions)
        if flag and (summary.red_flag is None or flag.care_level.rank < summary.red_flag.care_level.rank):
            after = replace(after, red_flag=flag, care_level=_more_urgent(flag.care_level, transfer.care_level))
        store.save_summary(self.token, after)
        if flag:
            self.desk.happened(self.token, CaseWorsened(flag.care_level))

    def _at_ms(self, summary: CallSummary) -> int:
        """Since the call began."""
        try:
            began = datetime.fromisoformat(summary.started_at)
        except ValueError:
            began = self.now()
        last = max((turn.at_ms for turn in summary.turns), default=0)
        return max(last, round((self.now() - began).total_seconds() * 1000))


def _more_urgent(one: CareLevel, other: CareLevel) -> CareLevel:
    return one if one.rank < other.rank else other


def _turn(said: Said, text: str, at_ms: int) -> TurnRecord:
    both = len(said.readings) > 1
    return TurnRecord(
        "caller",
        text,
        at_ms,
        said.confidence,
        first_ear=said.first if both else None,
        second_ear=said.second if both else None,
    )
