"""The same dialog by text: a call without sound.

Drives a real `CallSession` with the events that speech would have caused, so what is tried here is what callers get:
red flags, wishes, reprompts and all. Time is made up: typing takes none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.brief import brief
from voice_agent.call.commands import (
    AskDialog,
    Command,
    FinishUtterance,
    JudgeMeaning,
    LeaveStream,
    Speak,
    StopSpeaking,
    TransferToNurse,
)
from voice_agent.call.events import (
    CallConnected,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    Listened,
    MeaningJudged,
    PromptFinished,
    SentenceHeard,
    Transcribed,
)
from voice_agent.call.session import CallSession
from voice_agent.call.states import CallState
from voice_agent.errors import DialogError
from voice_agent.ports import Dialog
from voice_agent.triage.second_opinion import Judge

LONGEST_SILENCE_MS = 3000
"""Longer than any silence that ends an utterance, and shorter than one that counts as no answer."""


class TextCall:
    """One conversation. `write(who, text)` shows what happens, who being `agent` or `note`."""

    def __init__(
        self,
        call_id: str,
        session: CallSession,
        dialog: Dialog,
        write: Callable[[str, str], None],
        judge: Judge | None = None,
    ) -> None:
        """`judge`: who answers when the session wants a second opinion by meaning; None: nobody does."""
        self._session = session
        self._dialog = dialog
        self._write = write
        self._judge = judge
        self._call_id = call_id
        self._at_ms = 0
        self._speaking: Speak | None = None
        self._unanswered = False
        self._events: deque[Event] = deque()

    @property
    def over(self) -> bool:
        """The call has ended, or is with a nurse."""
        return self._session.state is CallState.ENDED

    @property
    def state(self) -> CallState:
        return self._session.state

    def begin(self) -> None:
        """Pick up the phone."""
        self._run(CallConnected(self._call_id))

    def say(self, text: str) -> None:
        """The caller says a whole utterance and is silent after it."""
        self._run(Transcribed(text, self._at_ms, final=True))
        before = self._at_ms
        while self._unanswered and not self.over and self._at_ms - before < LONGEST_SILENCE_MS:
            self.pass_time(FRAME_MS)

    def press(self, digit: str) -> None:
        """The caller presses a key."""
        self._run(DigitPressed(digit, self._at_ms))

    def pass_time(self, silence_ms: int) -> None:
        """Nobody says anything for so long."""
        for _ in range(silence_ms // FRAME_MS):
            self._at_ms += FRAME_MS
            self._run(Listened(self._at_ms, is_speech=False))

    def _run(self, event: Event) -> None:
        self._events.append(event)
        if isinstance(event, Transcribed):
            self._unanswered = True
        while self._events or self._speaking:
            if not self._events:
                self._finish_prompt()
                continue
            for command in self._session.handle(self._events.popleft()):
                self._perform(command)

    def _perform(self, command: Command) -> None:
        match command:
            case Speak():
                self._finish_prompt()
                self._unanswered = False
                self._speaking = command
                for sentence in command.prompt.sentences:
                    self._write("agent", sentence)
            case StopSpeaking():
                self._speaking = None
            case FinishUtterance(utterance=utterance):
                self._events.append(Transcribed("", self._at_ms, final=True, utterance=utterance))
            case AskDialog():
                self._unanswered = False
                self._events.append(self._asked(command))
            case JudgeMeaning(request=request, text=text):
                if self._judge:
                    self._events.append(MeaningJudged(request, self._judge.opinion(text)))
            case TransferToNurse(summary=summary):
                self._write("note", f"the nurse is rung and told: {brief(summary)}")
            case LeaveStream():
                self._write("note", f"the call leaves the stream: {command.next_step}, {command.disposition}")
            case _:
                # Pausing, saving and the ear's grammar have nothing to do in a text.
                pass

    def _asked(self, command: AskDialog) -> Event:
        try:
            return DialogReplied(command.request, self._dialog.reply(self._call_id, command.message, command.denied))
        except DialogError as error:
            self._write("note", str(error))
            return DialogFailed(command.request)

    def _finish_prompt(self) -> None:
        """What was written counts as heard."""
        if self._speaking is None:
            return
        prompt, self._speaking = self._speaking.prompt, None
        for index in range(len(prompt.sentences)):
            self._events.append(SentenceHeard(prompt.id, index, self._at_ms))
        self._events.append(PromptFinished(prompt.id, self._at_ms))
