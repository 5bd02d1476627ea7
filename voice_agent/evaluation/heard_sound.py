"""A sentence by sound, through the ears and the session of a call.

Detector, gate, recogniser (partials and finals), turn taking: all as in a call, with time counted in audio. What the
agent says takes no time and is heard at once; so the caller is never interrupted, and never interrupts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, Final

from voice_agent.audio.frames import FRAME_MS, PCM_FRAME_BYTES
from voice_agent.call.commands import AskDialog, Command, ExpectAnswer, FinishUtterance, HearAgain, Speak
from voice_agent.call.events import (
    CallConnected,
    DialogReplied,
    Event,
    HeardAgain,
    NotHeardAgain,
    PromptFinished,
    SentenceHeard,
    Transcribed,
)
from voice_agent.call.session import CallSession
from voice_agent.errors import VoiceAgentError
from voice_agent.evaluation.line_under_test import LineUnderTest, NeutralDialog
from voice_agent.evaluation.outcomes import Heard
from voice_agent.hearing import Hearing
from voice_agent.ports import Dialog, RecognizerFactory, VoiceActivity

CALL_ID: Final = "evaluation"


class SoundCall:
    """One call of a recording: `listen` takes the sound in order."""

    def __init__(
        self, session: CallSession, dialog: Dialog, recognizers: RecognizerFactory, activity: VoiceActivity
    ) -> None:
        """Raises RecognizerError when there is no ear."""
        self.said: list[str] = []
        """All that the agent said."""
        self.finals: list[str] = []
        """All that was understood, in order."""
        self._session = session
        self._dialog = dialog
        self._events: deque[Event] = deque()
        self._failures: list[VoiceAgentError] = []
        self._at_ms = 0
        self._hearing = Hearing(recognizers.open(), activity, _AtOnce(), self._put, self._failures.append)
        self._run(CallConnected(CALL_ID))
        self.said.clear()

    def listen(self, sound: bytes) -> None:
        """PCM16 at 8 kHz. Raises RecognizerError."""
        for start in range(0, len(sound) - len(sound) % PCM_FRAME_BYTES, PCM_FRAME_BYTES):
            at_ms, self._at_ms = self._at_ms, self._at_ms + FRAME_MS
            for listened in self._hearing.heard(at_ms, sound[start : start + PCM_FRAME_BYTES]):
                self._run(listened)
            self._run()
        if self._failures:
            raise self._failures[0]

    def close(self) -> None:
        """Free the ear."""
        self._hearing.close()

    def _put(self, heard: Transcribed | HeardAgain | NotHeardAgain) -> None:
        if isinstance(heard, Transcribed) and heard.final and heard.text:
            self.finals.append(heard.text)
        self._events.append(heard)

    def _run(self, *events: Event) -> None:
        self._events.extend(events)
        while self._events:
            for command in self._session.handle(self._events.popleft()):
                self._perform(command)

    def _perform(self, command: Command) -> None:
        match command:
            case Speak(prompt=prompt):
                self.said.extend(prompt.sentences)
                heard = [SentenceHeard(prompt.id, at, self._at_ms) for at in range(len(prompt.sentences))]
                self._events.extend([*heard, PromptFinished(prompt.id, self._at_ms)])
            case ExpectAnswer(listen=listen):
                self._hearing.expect(listen)
            case FinishUtterance(utterance=utterance):
                self._hearing.finish(utterance)
            case HearAgain():
                self._hearing.hear_again(command)
            case AskDialog(request=request, message=message):
                self._events.append(DialogReplied(request, self._dialog.reply(CALL_ID, message)))
            case _:
                # Pausing, saving and transfers have nothing to do here.
                pass


def heard_as_sound(line: LineUnderTest, sound: bytes, recognizers: RecognizerFactory, activity: VoiceActivity) -> Heard:
    """What the line makes of a recording as the first thing that a caller says. Raises RecognizerError."""
    session = line.session()
    call = SoundCall(session, NeutralDialog(), recognizers, activity)
    try:
        call.listen(sound)
    finally:
        call.close()
    return line.judged(session, call.said, " ".join(call.finals))


class _AtOnce(Executor):
    """Does what it is given at once: a recording waits for its ears."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Done when it returns."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
