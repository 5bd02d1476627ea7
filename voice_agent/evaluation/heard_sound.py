"""A sentence by sound, through the ears and the session of a call.

Detector, gate, recogniser (partials and finals), second ear, turn taking, second opinion: all as in a call, with time
counted in audio. What the agent says takes no time and is heard at once; so the caller is never interrupted, and never
interrupts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Final

from voice_agent.audio.frames import FRAME_MS, PCM_FRAME_BYTES
from voice_agent.call.commands import (
    AskDialog,
    Command,
    ExpectAnswer,
    FinishUtterance,
    HearAgain,
    JudgeMeaning,
    Speak,
)
from voice_agent.call.events import (
    CallConnected,
    DialogReplied,
    Event,
    MeaningJudged,
    PromptFinished,
    SentenceHeard,
)
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.call.session import CallSession
from voice_agent.errors import VoiceAgentError
from voice_agent.evaluation.line_under_test import LineUnderTest, NeutralDialog
from voice_agent.evaluation.outcomes import Heard
from voice_agent.hearing import Hearing
from voice_agent.ports import Dialog, RecognizerFactory, SecondEar, VoiceActivity
from voice_agent.triage.second_opinion import Judge

CALL_ID: Final = "evaluation"


@dataclass(frozen=True)
class Ears:
    """What listens."""

    recognizers: RecognizerFactory
    voice_activity: Callable[[], VoiceActivity]
    second: SecondEar | None = None
    """Hears each finished utterance again."""


class SoundCall:
    """One call of a recording: `listen` takes the sound in order."""

    def __init__(self, session: CallSession, dialog: Dialog, ears: Ears, judge: Judge | None = None) -> None:
        """`judge`: who answers for a second opinion. Raises RecognizerError when there is no ear."""
        self.said: list[str] = []
        """All that the agent said."""
        self._session = session
        self._dialog = dialog
        self._judge = judge
        self._events: deque[Event] = deque()
        self._failures: list[VoiceAgentError] = []
        self._at_ms = 0
        self._hearing = Hearing(
            ears.recognizers.open(),
            ears.voice_activity(),
            _AtOnce(),
            self._events.append,
            self._failures.append,
            second_ears=_EarAtOnce(ears.second) if ears.second else None,
        )
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
            case JudgeMeaning(request=request, text=text):
                if self._judge:
                    self._events.append(MeaningJudged(request, self._judge.opinion(text)))
            case AskDialog():
                reply = self._dialog.reply(CALL_ID, command.message, command.denied)
                self._events.append(DialogReplied(command.request, reply))
            case _:
                # Pausing, saving and transfers have nothing to do here.
                pass


def heard_as_sound(line: LineUnderTest, sound: bytes, ears: Ears) -> Heard:
    """What the line makes of a recording as the first thing that a caller says. Raises RecognizerError."""
    session = line.session(two_ears=ears.second is not None)
    call = SoundCall(session, NeutralDialog(), ears, line.judge)
    try:
        call.listen(sound)
    finally:
        call.close()
    words = " ".join(turn.text for turn in session.summary.turns if turn.speaker == "caller")
    return line.judged(session, call.said, words)


class _EarAtOnce:
    """`ports.SecondEars` that hears at once: a recording waits for its ears."""

    def __init__(self, ear: SecondEar) -> None:
        self._ear = ear

    def hear(
        self,
        owner: object,
        sound: bytes,
        listen: Listen,
        first: str,
        weight: Weight,
        tell: Callable[[SecondHearing | Missed], None],
    ) -> None:
        tell(self._ear.hear(sound, listen, first))

    def check(self) -> str | None:
        return self._ear.check()

    def close(self) -> None: ...


class _AtOnce(Executor):
    """Does what it is given at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Done when it returns."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
