"""When each thing of a turn happened, seen from outside.

Is told every event with the commands that it caused, and every frame of ours that went out; knows nothing of
endpointing or of what words mean, so it stays right whatever the rules become.

A turn begins when the session acts upon the caller: it asks the dialog, speaks, or rings the nurse in reaction to
words, keys or the silence after them. How often the recogniser was flushed before does not matter. It is complete when
the first mark of our answer is back, when the next turn begins, or when the call ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from voice_agent.call.commands import (
    AskDialog,
    Command,
    ExpectAnswer,
    FinishUtterance,
    PromptKind,
    ResumeSpeaking,
    Speak,
    TransferToNurse,
)
from voice_agent.call.events import (
    CallConnected,
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    Listened,
    PromptFinished,
    SentenceHeard,
    ServiceFailed,
    Transcribed,
    TransferProgressed,
)
from voice_agent.call.measurements import Counted, Measurement, TurnTimes
from voice_agent.call.replies import Listen, ReplyAction

_NOT_THE_CALLER: Final = (
    CallConnected,
    DialogDelayed,
    PromptFinished,
    SentenceHeard,
    ServiceFailed,
    TransferProgressed,
)
"""What the session does at these, it does of itself; at anything else, because of what the caller said or pressed."""


@dataclass(slots=True)
class _Heard:
    """Of the caller, since the last turn began."""

    voiced_ms: int | None = None
    flush: tuple[int, int] | None = None
    """The last flush: its number, and when."""
    answered_flush_ms: int | None = None
    words_ms: int | None = None
    last_word_ms: int | None = None
    said_something: bool = False
    pressed_ms: int | None = None

    @property
    def typed(self) -> bool:
        """The keypad was used last, not the voice."""
        return self.pressed_ms is not None and (self.voiced_ms is None or self.voiced_ms < self.pressed_ms)


@dataclass(slots=True)
class _Turn:
    """The turn whose answer is under way."""

    times: TurnTimes
    request: int | None = None
    """The dialog's answer that is awaited."""
    prompt: int | None = None
    """Our first prompt of this turn."""
    fillers: set[int] = field(default_factory=set)


class TurnClock:
    """Follows one call. Times are those of the caller's line; `now_ms` may be finer than the 20 ms of audio time."""

    def __init__(self, no_input_ms: int, release_ms: int) -> None:
        """`no_input_ms`: silence that the session takes for no answer (`turns.no_input_ms`).

        `release_ms`: by how much the detector holds on to speech (`voice_activity.release_ms`); taken off its end.
        """
        self._no_input_ms = no_input_ms
        self._release_ms = release_ms
        self._listen = Listen.OPEN
        self._heard = _Heard()
        self._turn: _Turn | None = None

    def happened(self, event: Event, commands: Sequence[Command], now_ms: int) -> list[Measurement]:
        """Take an event and what was done about it; give what is now known to the end."""
        found: list[Measurement] = []
        self._listen_to(event, now_ms)
        if isinstance(event, DialogReplied | DialogFailed):
            found += self._dialog_answered(event, commands, now_ms)
        elif self._is_no_input(event, commands, now_ms):
            found.append(Counted.NO_INPUT)
        elif _acts(commands) and not isinstance(event, _NOT_THE_CALLER):
            found += self._begin(event, commands, now_ms)
        for command in commands:
            found += self._done(command, now_ms)
        if isinstance(event, SentenceHeard):
            found += self._mark(event.prompt, now_ms)
        return found

    def frame_sent(self, prompt: int, now_ms: int) -> None:
        """A frame of this prompt went out."""
        turn = self._turn
        if turn and turn.times.first_frame_ms is None and turn.prompt is not None and prompt >= turn.prompt:
            turn.times = replace(turn.times, first_frame_ms=now_ms, covered=prompt in turn.fillers)

    def ended(self) -> list[Measurement]:
        """The call is over."""
        return self._close()

    # The caller.

    def _listen_to(self, event: Event, now_ms: int) -> None:
        heard = self._heard
        match event:
            case Listened(at_ms=at_ms, is_speech=True):
                heard.voiced_ms = at_ms
            case Transcribed(final=True):
                heard.said_something = heard.said_something or bool(event.text)
                if event.words:
                    heard.last_word_ms = event.words[-1].end_ms
                if heard.flush and event.utterance == heard.flush[0]:
                    heard.answered_flush_ms, heard.words_ms = heard.flush[1], now_ms
                elif event.text:
                    heard.answered_flush_ms, heard.words_ms = None, now_ms
            case DigitPressed():
                heard.pressed_ms = now_ms

    def _is_no_input(self, event: Event, commands: Sequence[Command], now_ms: int) -> bool:
        """Whether it is the silence itself that is answered.

        Every utterance was flushed shortly before it is acted upon; a no-input only comes `no_input_ms` after the last,
        give or take what the loop runs late.
        """
        asks = any(isinstance(command, AskDialog) for command in commands)
        if not isinstance(event, Listened) or not _acts(commands) or asks:
            return False
        return self._heard.flush is None or now_ms - self._heard.flush[1] >= self._no_input_ms / 2

    def _begin(self, event: Event, commands: Sequence[Command], now_ms: int) -> list[Measurement]:
        found = self._close()
        heard = self._heard
        self._open(event, commands, now_ms)
        if not any(isinstance(command, AskDialog | TransferToNurse) for command in commands) and (
            isinstance(event, DigitPressed) or not heard.said_something
        ):
            found.append(Counted.NO_MATCH)
        return found

    def _open(self, event: Event, commands: Sequence[Command], now_ms: int) -> None:
        heard, self._heard = self._heard, _Heard()
        spoken = not (isinstance(event, DigitPressed) or heard.typed)
        ended_ms = heard.last_word_ms if heard.voiced_ms is None else heard.voiced_ms - self._release_ms
        if isinstance(event, Transcribed) and not event.final:
            # The caller may still be speaking: what was acted upon lies no later than what the recogniser has heard.
            ended_ms = event.at_ms if ended_ms is None else min(ended_ms, event.at_ms)
        self._turn = _Turn(
            TurnTimes(
                kind=self._listen,
                endpoint_ms=now_ms,
                speech_ended_ms=ended_ms if spoken else None,
                flushed_ms=heard.answered_flush_ms if spoken else None,
                words_ms=heard.words_ms if spoken else None,
                red_flag=any(isinstance(each, Speak) and each.prompt.kind is PromptKind.SAFETY for each in commands)
                and any(isinstance(each, TransferToNurse) for each in commands),
            )
        )

    # Us.

    def _dialog_answered(
        self, event: DialogReplied | DialogFailed, commands: Sequence[Command], now_ms: int
    ) -> list[Measurement]:
        turn = self._turn
        if turn is None or turn.request != event.request:
            return []
        if any(isinstance(command, AskDialog) for command in commands):
            # The caller had gone on while the dialog thought: one turn, which ended later than we took it to end.
            self._turn = None
            self._open(event, commands, now_ms)
            return []
        turn.request = None
        if isinstance(event, DialogFailed):
            return []
        turn.times = replace(turn.times, reply_ms=now_ms)
        return [Counted.NO_MATCH] if event.reply.do is ReplyAction.NO_MATCH else []

    def _done(self, command: Command, now_ms: int) -> list[Measurement]:
        turn = self._turn
        match command:
            case FinishUtterance(utterance=utterance):
                self._heard.flush = (utterance, now_ms)
            case ExpectAnswer(listen=listen):
                self._listen = listen
            case AskDialog(request=request) if turn:
                turn.request = request
            case TransferToNurse() if turn and turn.times.transfer_ms is None:
                turn.times = replace(turn.times, transfer_ms=now_ms)
            case Speak(prompt=prompt):
                filler = prompt.kind is PromptKind.FILLER
                if turn:
                    turn.prompt = prompt.id if turn.prompt is None else turn.prompt
                    turn.fillers |= {prompt.id} if filler else set()
                return [Counted.FILLER] if filler else []
            case ResumeSpeaking():
                # A noise, or a mm-hm: not a word of the next turn.
                self._heard = _Heard()
        return []

    def _mark(self, prompt: int, now_ms: int) -> list[Measurement]:
        turn = self._turn
        if turn is None or turn.prompt is None or prompt < turn.prompt:
            return []
        if turn.times.first_mark_ms is None:
            turn.times = replace(turn.times, first_mark_ms=now_ms)
        # After a filler the reply is still to come.
        return self._close() if turn.request is None else []

    def _close(self) -> list[Measurement]:
        turn, self._turn = self._turn, None
        return [turn.times] if turn else []


def _acts(commands: Sequence[Command]) -> bool:
    """Whether the session does something that the caller will notice, other than falling silent."""
    return any(
        isinstance(command, AskDialog | TransferToNurse)
        or (isinstance(command, Speak) and command.prompt.kind is not PromptKind.FILLER)
        for command in commands
    )
