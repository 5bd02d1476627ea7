"""Runs one call: events in, commands performed.

One thread owns one call: it alone touches the session and writes the socket. The caller's frames pace everything;
slow work runs in lanes beside it and comes back through the inbox as events.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, assert_never

import structlog

from voice_agent.audio import mulaw
from voice_agent.call.commands import (
    AskDialog,
    AwaitSecondEar,
    Command,
    ExpectAnswer,
    FinishUtterance,
    HearAgain,
    JudgeMeaning,
    LeaveStream,
    NextStep,
    PauseSpeaking,
    ResumeSpeaking,
    SaveProgress,
    Speak,
    Speculate,
    StopSpeaking,
    TransferToNurse,
)
from voice_agent.call.events import (
    CallConnected,
    CallerHungUp,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    HeardAgain,
    MeaningJudged,
    NotHeardAgain,
    ServerDraining,
    ServiceFailed,
    StreamStalled,
    Transcribed,
    TransferProgressed,
)
from voice_agent.call.handoff import CallSummary
from voice_agent.call.measurements import Counted
from voice_agent.call.session import CallSession
from voice_agent.call_observer import CallObserver, Unobserved
from voice_agent.conversing import Conversing, ConversingSettings
from voice_agent.errors import MediaStreamError, VoiceAgentError
from voice_agent.hearing import Hearing, HearingSettings
from voice_agent.likely_replies import LikelyReplies
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CallRecord, Services
from voice_agent.side_work import Lane
from voice_agent.speaking import Rendered, Speaking, SpeakingSettings
from voice_agent.telephony import media_stream

log = structlog.get_logger(__name__)

TICK_S: Final = 0.02
"""How long the loop waits for the socket before it looks into the inbox …"""
BUSY_TICK_S: Final = 0.004
"""… and while the caller waits for something that comes through the inbox."""


class SocketClosedError(Exception):
    """The other side of the media socket is gone."""


class CallSocket(Protocol):
    """The media socket as the loop needs it."""

    def receive(self, timeout_s: float) -> str | bytes | None:
        """The next message, or None after `timeout_s`. Raises SocketClosedError."""

    def send(self, text: str) -> None:
        """Raises SocketClosedError."""


class Recording(Protocol):
    """Keeps what happened, so that the call can be replayed."""

    def happened(self, event: Event, commands: list[Command]) -> None: ...


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Wall-clock patience; everything else is audio time."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    stalled_after_ms: int = 4000
    """A socket without a frame for so long is lost."""
    bridged_gap_ms: int = 250
    """While the caller's frames are late we go on sending by the clock, for so long."""
    farewell_ms: int = 2000
    """How long the last saving may take before the socket closes without it."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """How one call is run."""

    loop: LoopSettings = field(default_factory=LoopSettings)
    hearing: HearingSettings = field(default_factory=HearingSettings)
    speaking: SpeakingSettings = field(default_factory=SpeakingSettings)
    conversing: ConversingSettings = field(default_factory=ConversingSettings)


@dataclass(slots=True)
class Threads:
    """The threads that all calls share, by kind of work, so that one kind cannot starve another."""

    recognition: Executor
    services: Executor


class Call:
    """One call on one socket."""

    def __init__(
        self,
        socket: CallSocket,
        session: CallSession,
        services: Services,
        desk: NurseDesk,
        threads: Threads,
        settings: CallSettings,
        recording: Recording,
        likely: LikelyReplies,
        draining: Callable[[], bool] = lambda: False,
        observer: CallObserver | None = None,
    ) -> None:
        self._socket = socket
        self._session = session
        self._services = services
        self._desk = desk
        self._settings = settings.loop
        self._recording = recording
        self._draining = draining
        self._observer = observer or Unobserved()
        self._inbox: queue.SimpleQueue[Event | Rendered] = queue.SimpleQueue()
        self._hearing = Hearing(
            services.recognizers.open(),
            services.voice_activity(),
            threads.recognition,
            self._inbox.put,
            self._failed,
            settings.hearing,
            services.second_ears,
        )
        self._speaking = Speaking(
            services.synthesizer, threads.services, self._inbox.put, self._failed, settings.speaking
        )
        self._conversing = Conversing(
            services.dialog,
            threads.services,
            self._inbox.put,
            self._speaking.get_ready,
            likely,
            self._observer,
            settings.conversing,
        )
        self._saving = Lane(threads.services)
        self._stream_id = ""
        self._call_id = ""
        self._audio_ms = 0
        self._heard_at = time.monotonic()
        self._flushing = False
        self._awaited: int | None = None
        self._transfer_token: str | None = None
        self._left = False

    def run(self, connected: Callable[[media_stream.Started], CallConnected]) -> CallSummary:
        """Until the caller, or we, leave; `connected` makes the first event of the stream's start."""
        try:
            for event in self._events(connected):
                if event is not None:
                    self._handle(event)
                if self._left:
                    break
                self._play()
        except SocketClosedError:
            self._lost()
        finally:
            self._saving.wait(self._settings.farewell_ms / 1000)
            self._hearing.close()
            self._observer.counted(Counted.PARTIALS_SHED, self._hearing.partials_shed)
        return self._session.summary

    def _handle(self, event: Event) -> None:
        commands = self._session.handle(event)
        self._recording.happened(event, commands)
        self._observer.happened(event, commands)
        for command in commands:
            self._perform(command)

    # What happens.

    def _events(self, connected: Callable[[media_stream.Started], CallConnected]) -> Iterator[Event | None]:
        """What happens, as it happens; None when nothing has, so that our sound goes on."""
        drained = False
        while True:
            tick_s = BUSY_TICK_S if self._awaits_work() else TICK_S
            self._observer.waits(tick_s, self._hearing.behind_ms)
            message = self._socket.receive(tick_s)
            self._observer.woke(message is not None)
            now = time.monotonic()
            if message is not None:
                self._heard_at = now
                for event in self._understood(message, connected):
                    yield event
                    if isinstance(event, CallerHungUp):
                        return
            elif (now - self._heard_at) * 1000 >= self._settings.stalled_after_ms:
                yield StreamStalled(round((now - self._heard_at) * 1000))
                raise SocketClosedError
            if self._draining() and not drained:
                drained = True
                yield ServerDraining()
            yield from self._finished_work()
            yield None

    def _awaits_work(self) -> bool:
        """Something that the caller waits for is being done beside the call, and will come to the inbox."""
        return self._conversing.waits or self._flushing or self._awaited is not None or self._speaking.renders

    def _understood(
        self, text: str | bytes, connected: Callable[[media_stream.Started], CallConnected]
    ) -> Iterator[Event]:
        try:
            message = media_stream.parse(text)
        except MediaStreamError as error:
            log.warning("message_not_understood", call=self._call_id, problem=str(error))
            return
        match message:
            case media_stream.Media():
                yield from self._heard(message)
            case media_stream.Started():
                self._stream_id, self._call_id = message.stream_id, message.call_id
                yield connected(message)
            case media_stream.KeyPressed(digit=digit):
                yield DigitPressed(digit, self._audio_ms)
            case media_stream.MarkReached(name=name):
                yield from self._speaking.mark_reached(name, self._audio_ms)
            case media_stream.Stopped():
                if cut := self._speaking.cut_at(self._audio_ms):
                    yield cut
                yield CallerHungUp(self._audio_ms)
            case media_stream.Unknown(event=name):
                log.warning("message_unknown", call=self._call_id, message=name)
            case media_stream.Connected():
                pass
            case _:
                assert_never(message)

    def _heard(self, media: media_stream.Media) -> Iterator[Event]:
        """One or more frames of the caller's line."""
        for listened in self._hearing.heard(media.at_ms, mulaw.decode(media.mulaw)):
            self._audio_ms = max(self._audio_ms, listened.at_ms)
            yield listened

    def _finished_work(self) -> Iterator[Event]:
        yield from self._conversing.delayed()
        while True:
            try:
                done = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(done, Rendered):
                self._speaking.rendered(done)
                continue
            if isinstance(done, DialogReplied | DialogFailed):
                self._conversing.answered(done)
            if isinstance(done, Transcribed) and done.utterance is not None:
                self._flushing = False
            if isinstance(done, HeardAgain | NotHeardAgain) and done.utterance == self._awaited:
                self._awaited = None
            yield done

    # What is done about it.

    def _perform(self, command: Command) -> None:
        match command:
            case Speak(prompt=prompt):
                self._speaking.say(prompt)
            case PauseSpeaking():
                self._speaking.pause()
            case ResumeSpeaking():
                self._speaking.resume()
            case StopSpeaking():
                self._stop_speaking()
            case ExpectAnswer(listen=listen):
                self._hearing.expect(listen)
            case FinishUtterance(utterance=utterance):
                self._flushing, self._awaited = True, None
                self._hearing.finish(utterance)
            case HearAgain():
                self._hearing.hear_again(command)
            case AwaitSecondEar(utterance=utterance):
                self._awaited = utterance
            case Speculate():
                if not self._hearing.is_behind:
                    self._conversing.look_ahead(command)
            case JudgeMeaning(request=request, text=text):
                if opinions := self._services.second_opinions:
                    opinions.judge(text, lambda opinion: self._inbox.put(MeaningJudged(request, opinion)))
            case AskDialog():
                self._awaited = None
                self._conversing.ask(self._call_id, command)
            case TransferToNurse():
                self._saving.add(lambda: self._transfer(command))
            case SaveProgress(summary=summary):
                self._saving.add(lambda: self._save(summary, NextStep.RECONNECT))
            case LeaveStream():
                self._leave(command)
            case _:
                assert_never(command)

    def _play(self) -> None:
        now_ms = self._now_ms()
        for item in self._speaking.due(now_ms):
            if isinstance(item, bytes):
                self._hearing.spoke(mulaw.decode(item), now_ms)
                self._socket.send(media_stream.media(self._stream_id, item))
                self._observer.frame_sent(self._speaking.sending)
            else:
                self._socket.send(media_stream.mark(self._stream_id, item))

    def _now_ms(self) -> int:
        """The caller's audio time; by the clock while frames are late, so that a burst makes no gap in our sound."""
        late_ms = round((time.monotonic() - self._heard_at) * 1000)
        return self._audio_ms + min(late_ms, self._settings.bridged_gap_ms)

    def _stop_speaking(self) -> None:
        if cut := self._speaking.cut_at(self._audio_ms):
            self._inbox.put(cut)
        self._speaking.stop()
        self._socket.send(media_stream.clear(self._stream_id))

    def _leave(self, command: LeaveStream) -> None:
        """The last word: where the call goes on is known before the socket closes, or Twilio's question finds none."""
        self._saving.add(lambda: self._save(self._session.summary, command.next_step))
        self._left = True

    def _lost(self) -> None:
        """The socket went without a goodbye: the call may still live, and then goes on at /twilio/resume."""
        log.warning("socket_lost", call=self._call_id)
        summary = self._session.summary
        self._saving.add(
            lambda: self._save(summary, NextStep.CONFERENCE if self._transfer_token else NextStep.RECONNECT)
        )

    # Beside the call: these run in lanes and answer through the inbox.

    def _transfer(self, command: TransferToNurse) -> None:
        try:
            transfer = self._desk.request(command.summary, command.care_level)
        except VoiceAgentError as error:
            self._failed(error)
        else:
            self._transfer_token = transfer.token
            self._inbox.put(TransferProgressed(transfer.status))

    def _save(self, summary: CallSummary, next_step: NextStep) -> None:
        token = self._transfer_token
        try:
            if token:
                self._services.store.save_summary(token, summary)
            self._services.store.save_call(CallRecord(self._call_id, next_step, token, summary))
        except VoiceAgentError as error:
            self._failed(error)

    def _failed(self, error: VoiceAgentError) -> None:
        log.error("service_failed", call=self._call_id, code=error.code, problem=str(error))
        self._inbox.put(ServiceFailed(error.code))
