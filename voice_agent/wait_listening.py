"""Listens to one caller who waits for a nurse, and never speaks.

Twilio sends the caller's side of the line beside whatever else the call does (`<Start><Stream>`). Both ears hear it;
what they made of each utterance is handed on together.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Final

import structlog

from voice_agent.audio import mulaw
from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.commands import HearAgain
from voice_agent.call.events import HeardAgain, Listened, NotHeardAgain, Transcribed
from voice_agent.call.listening_again import Weight
from voice_agent.call.replies import Listen
from voice_agent.call.word import mean_confidence
from voice_agent.call_loop import CallSocket, SocketClosedError
from voice_agent.errors import MediaStreamError, VoiceAgentError
from voice_agent.hearing import Hearing, HearingSettings
from voice_agent.ports import Services
from voice_agent.telephony import media_stream

log = structlog.get_logger(__name__)

SILENCE_MS: Final = 600
"""Silence that ends an utterance: nothing answers at once, so there is time."""
LONGEST_MS: Final = 15_000
"""Of one utterance: a room that is never quiet is cut here."""
LOOK_S: Final = 0.5
"""How often it is asked whether the caller still waits …"""
TICK_S: Final = 0.25
"""… even when no frame comes."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance of a caller who waits."""

    first: str = field(repr=False)
    """What the streaming ear heard."""
    second: str = field(repr=False)
    """What the second ear heard; empty without one."""
    confidence: float | None = None
    """Mean word confidence of the streaming ear, 0 to 1."""

    @property
    def readings(self) -> tuple[str, ...]:
        """Both, the better one first: the second ear was trained on people."""
        return tuple(dict.fromkeys(text for text in (self.second, self.first) if text))


class WaitListening:
    """One socket. All but the recogniser's work belongs to the thread that calls `run`."""

    def __init__(
        self,
        socket: CallSocket,
        services: Services,
        recognition: Executor,
        settings: HearingSettings,
        goes_on: Callable[[], bool],
        said: Callable[[Said], None],
        listen: Listen = Listen.OPEN,
    ) -> None:
        """`goes_on`: whether the caller still waits. `said`: told of each utterance, in this thread."""
        self._socket = socket
        self._goes_on = goes_on
        self._said = said
        self._listen = listen
        self._inbox: queue.SimpleQueue[Transcribed | HeardAgain | NotHeardAgain] = queue.SimpleQueue()
        self._broken = False
        self._hearing = Hearing(
            services.recognizers.open(),
            services.voice_activity(),
            recognition,
            self._inbox.put,
            self._failed,
            settings,
            services.second_ears,
        )
        self._began_ms: int | None = None
        self._quiet_ms = 0
        self._utterance = 0
        self._cut: list[str] = []
        self._finals: dict[int, Transcribed] = {}
        self._again: dict[int, str] = {}

    def run(self) -> None:
        """Until Twilio stops, the line is lost, the recogniser fails or the caller waits no more."""
        self._hearing.expect(self._listen)
        looked_at = time.monotonic()
        try:
            while not self._broken:
                message = self._socket.receive(TICK_S)
                if message is not None and not self._take(message):
                    return
                self._hand_on()
                if time.monotonic() - looked_at >= LOOK_S:
                    looked_at = time.monotonic()
                    if not self._goes_on():
                        return
        except SocketClosedError:
            return
        finally:
            self._hearing.close()

    def _take(self, text: str | bytes) -> bool:
        """One message; False when it was the last."""
        try:
            message = media_stream.parse(text)
        except MediaStreamError as error:
            log.warning("message_not_understood", problem=str(error))
            return True
        if isinstance(message, media_stream.Media):
            for listened in self._hearing.heard(message.at_ms, mulaw.decode(message.mulaw)):
                self._listened(listened)
        return not isinstance(message, media_stream.Stopped)

    def _listened(self, event: Listened) -> None:
        if event.is_speech:
            self._quiet_ms = 0
            if self._began_ms is None:
                self._began_ms = event.at_ms - FRAME_MS
        elif self._began_ms is not None:
            self._quiet_ms += FRAME_MS
        if self._began_ms is None:
            return
        if self._quiet_ms >= SILENCE_MS or event.at_ms - self._began_ms >= LONGEST_MS:
            self._utterance += 1
            self._hearing.finish(self._utterance)
            self._hearing.hear_again(HearAgain(self._utterance, self._began_ms, self._listen, Weight.OPEN))
            self._began_ms, self._quiet_ms = None, 0

    def _hand_on(self) -> None:
        """What both ears have heard by now."""
        while True:
            try:
                event = self._inbox.get_nowait()
            except queue.Empty:
                return
            match event:
                case Transcribed(utterance=None, final=True):
                    self._cut.append(event.text)
                case Transcribed(utterance=None):
                    pass
                case Transcribed(utterance=int() as number):
                    self._finals[number] = event
                    self._complete(number)
                case HeardAgain(utterance=number):
                    self._again[number] = event.hearing.text
                    self._complete(number)
                case NotHeardAgain(utterance=number):
                    self._again[number] = ""
                    self._complete(number)

    def _complete(self, number: int) -> None:
        if number not in self._finals or number not in self._again:
            return
        final, again = self._finals.pop(number), self._again.pop(number)
        first = " ".join(part for part in (*self._cut, final.text) if part)
        self._cut.clear()
        if first or again:
            self._said(Said(first, again, mean_confidence(final.words)))

    def _failed(self, error: VoiceAgentError) -> None:
        """In the recogniser's lane: the keys are left."""
        log.error("wait_not_heard", problem=str(error))
        self._broken = True
