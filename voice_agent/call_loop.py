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
from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.audio.playout import Playout
from voice_agent.call.commands import (
    AskDialog,
    Command,
    ExpectAnswer,
    FinishUtterance,
    LeaveStream,
    NextStep,
    PauseSpeaking,
    Prompt,
    ResumeSpeaking,
    SaveProgress,
    Speak,
    StopSpeaking,
    TransferToNurse,
)
from voice_agent.call.events import (
    CallConnected,
    CallerHungUp,
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    PromptFinished,
    SentenceHeard,
    ServerDraining,
    ServiceFailed,
    StreamStalled,
    TransferProgressed,
)
from voice_agent.call.handoff import CallSummary
from voice_agent.call.session import CallSession
from voice_agent.errors import MediaStreamError, VoiceAgentError
from voice_agent.hearing import Hearing, HearingSettings
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CallRecord, Services
from voice_agent.side_work import Lane
from voice_agent.telephony import media_stream

log = structlog.get_logger(__name__)

SAMPLES_A_MS: Final = SAMPLE_RATE_HZ // 1000
TICK_S: Final = 0.02
"""How long the loop waits for the socket before it looks into the inbox."""


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

    filler_after_ms: int = 700
    """A reply later than this is covered by a short filler."""
    stalled_after_ms: int = 4000
    """A socket without a frame for so long is lost."""
    lead_ms: int = 160
    """How far our audio runs ahead of the caller's."""
    sentence_gap_ms: int = 200
    """Silence between two sentences of a prompt, so that they are heard as two."""
    farewell_ms: int = 2000
    """How long the last saving may take before the socket closes without it."""
    hearing: HearingSettings = field(default_factory=HearingSettings)
    """What of the caller's line is recognised; audio time."""


@dataclass(slots=True)
class Threads:
    """The threads that all calls share, by kind of work, so that one kind cannot starve another."""

    recognition: Executor
    services: Executor


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A sentence is ready to be played."""

    prompt: Prompt
    index: int
    mulaw: bytes = field(repr=False)


class Call:
    """One call on one socket."""

    def __init__(
        self,
        socket: CallSocket,
        session: CallSession,
        services: Services,
        desk: NurseDesk,
        threads: Threads,
        settings: LoopSettings,
        recording: Recording,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self._socket = socket
        self._session = session
        self._services = services
        self._desk = desk
        self._settings = settings
        self._recording = recording
        self._draining = draining
        self._inbox: queue.SimpleQueue[Event | _Rendered] = queue.SimpleQueue()
        self._hearing = Hearing(
            services.recognizers.open(),
            services.voice_activity(),
            threads.recognition,
            self._inbox.put,
            self._failed,
            settings.hearing,
        )
        self._speaking = Lane(threads.services)
        self._asking = Lane(threads.services)
        self._saving = Lane(threads.services)
        self._playout = Playout(settings.lead_ms)
        self._stream_id = ""
        self._call_id = ""
        self._audio_ms = 0
        self._spoken_prompt = 0
        self._dropped_prompt = 0
        self._asked_at: tuple[int, float] | None = None
        self._transfer_token: str | None = None
        self._left = False

    def run(self, connected: Callable[[media_stream.Started], CallConnected]) -> CallSummary:
        """Until the caller, or we, leave; `connected` makes the first event of the stream's start."""
        try:
            for event in self._events(connected):
                commands = self._session.handle(event)
                self._recording.happened(event, commands)
                for command in commands:
                    self._perform(command)
                if self._left:
                    break
                self._play()
        except SocketClosedError:
            self._lost()
        finally:
            self._saving.wait(self._settings.farewell_ms / 1000)
            self._hearing.close()
        return self._session.summary

    # What happens.

    def _events(self, connected: Callable[[media_stream.Started], CallConnected]) -> Iterator[Event]:
        heard_at = time.monotonic()
        drained = False
        while True:
            message = self._socket.receive(TICK_S)
            now = time.monotonic()
            if message is not None:
                heard_at = now
                for event in self._understood(message, connected):
                    yield event
                    if isinstance(event, CallerHungUp):
                        return
            elif (now - heard_at) * 1000 >= self._settings.stalled_after_ms:
                yield StreamStalled(round((now - heard_at) * 1000))
                raise SocketClosedError
            if self._draining() and not drained:
                drained = True
                yield ServerDraining()
            yield from self._finished_work(now)

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
                if mark := self._playout.mark_reached(name):
                    yield SentenceHeard(mark.prompt, mark.sentence, self._audio_ms)
                    if mark.last:
                        yield PromptFinished(mark.prompt, self._audio_ms)
            case media_stream.Stopped():
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

    def _finished_work(self, now: float) -> Iterator[Event]:
        if self._asked_at and (now - self._asked_at[1]) * 1000 >= self._settings.filler_after_ms:
            request, self._asked_at = self._asked_at[0], None
            yield DialogDelayed(request)
        while True:
            try:
                done = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(done, _Rendered):
                self._enqueue(done)
                continue
            if isinstance(done, DialogReplied | DialogFailed):
                self._asked_at = None
            yield done

    # What is done about it.

    def _perform(self, command: Command) -> None:
        match command:
            case Speak(prompt=prompt):
                self._spoken_prompt = prompt.id
                for index, sentence in enumerate(prompt.sentences):
                    self._speaking.add(lambda index=index, sentence=sentence: self._render(prompt, index, sentence))  # type: ignore[misc]
            case PauseSpeaking():
                self._playout.pause()
            case ResumeSpeaking():
                self._playout.resume()
            case StopSpeaking():
                self._stop_speaking()
            case ExpectAnswer(listen=listen):
                self._hearing.expect(listen)
            case FinishUtterance(utterance=utterance):
                self._hearing.finish(utterance)
            case AskDialog():
                self._asked_at = (command.request, time.monotonic())
                self._asking.add(lambda: self._ask(command))
            case TransferToNurse():
                self._saving.add(lambda: self._transfer(command))
            case SaveProgress(summary=summary):
                self._saving.add(lambda: self._save(summary, NextStep.RECONNECT))
            case LeaveStream():
                self._leave(command)
            case _:
                assert_never(command)

    def _play(self) -> None:
        for item in self._playout.frames_due(self._audio_ms):
            if isinstance(item, bytes):
                self._socket.send(media_stream.media(self._stream_id, item))
            else:
                self._socket.send(media_stream.mark(self._stream_id, item))

    def _enqueue(self, rendered: _Rendered) -> None:
        if rendered.prompt.id > self._dropped_prompt:
            last = rendered.index == len(rendered.prompt.sentences) - 1
            self._playout.enqueue(rendered.prompt.id, rendered.index, rendered.mulaw, last)

    def _stop_speaking(self) -> None:
        self._dropped_prompt = self._spoken_prompt
        self._playout.stop()
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

    def _render(self, prompt: Prompt, index: int, sentence: str) -> None:
        if prompt.id <= self._dropped_prompt:
            return
        try:
            pcm = self._services.synthesizer.synthesize(sentence, prompt.rate_wpm)
        except VoiceAgentError as error:
            self._failed(error)
        else:
            last = index == len(prompt.sentences) - 1
            gap = b"" if last else bytes([mulaw.SILENCE]) * (self._settings.sentence_gap_ms * SAMPLES_A_MS)
            self._inbox.put(_Rendered(prompt, index, mulaw.encode(pcm) + gap))

    def _ask(self, command: AskDialog) -> None:
        try:
            reply = self._services.dialog.reply(self._call_id, command.message)
        except VoiceAgentError as error:
            log.error("dialog_failed", call=self._call_id, code=error.code, problem=str(error))
            self._inbox.put(DialogFailed(command.request))
        else:
            self._inbox.put(DialogReplied(command.request, reply))

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
