"""A test of the session that reads as a transcript: `>> event`, `<< command`.

`>>` feeds events; every command that they cause must be named by a `<<` before the next `>>`, except those that say
nothing about the conversation (saving, the ear's grammar, looking ahead): a test names those when it is about them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from voice_agent.audio.frames import FRAME_MS
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
    SaveProgress,
    Speak,
    Speculate,
    TransferToNurse,
)
from voice_agent.call.events import (
    DialogReplied,
    Event,
    HeardAgain,
    Listened,
    MeaningJudged,
    NotHeardAgain,
    PromptFinished,
    SentenceHeard,
    Transcribed,
    Word,
)
from voice_agent.call.handoff import Disposition
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed
from voice_agent.call.replies import DialogReply
from voice_agent.call.session import CallSession
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.second_opinion import Opinion

QUIET = (SaveProgress, ExpectAnswer, Speculate, JudgeMeaning, HearAgain, AwaitSecondEar)
LONGEST_WAIT_MS = 2000
"""No silence that ends an utterance is longer."""


@dataclass(frozen=True)
class Sound:
    """So many milliseconds of the caller's line."""

    ms: int
    is_speech: bool


def speech(ms: int) -> Sound:
    return Sound(ms, True)


def silence(ms: int) -> Sound:
    return Sound(ms, False)


@dataclass(frozen=True)
class Says:
    """The caller says this and is silent after it; the recogniser gives one final when it is flushed.

    The second ear, when it is asked, hears `second` at once; with None it does not answer.
    """

    text: str
    ms: int = 800
    second: str | SecondEar | None = None
    sure: float = 0.9
    """How far the recogniser believes each of its words."""
    meaning: Opinion | None = None
    """What the second opinion, when it is asked, answers at once; with None it does not answer."""


@dataclass(frozen=True)
class SecondEar:
    """The second ear answers what it was asked last, with these words; None: it did not hear."""

    text: str | None
    sure: float = 0.9
    ahead: float | None = None
    """How much likelier it finds these words than the recogniser's."""


@dataclass(frozen=True)
class Judged:
    """The second opinion answers what it was asked last."""

    opinion: Opinion


@dataclass(frozen=True)
class Heard:
    """The caller has heard the prompt that is being said to its end."""


@dataclass(frozen=True)
class Replies:
    """The dialog manager answers what it was asked last."""

    reply: DialogReply


def replies(*sentences: str, **fields: object) -> Replies:
    return Replies(DialogReply(sentences=sentences, **fields))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Said:
    """Expects a Speak of exactly these sentences."""

    sentences: tuple[str, ...]

    def __init__(self, *sentences: str) -> None:
        object.__setattr__(self, "sentences", sentences)


@dataclass(frozen=True)
class SaidSomething:
    """Expects a Speak that contains this text."""

    text: str = ""


@dataclass(frozen=True)
class Asked:
    """Expects an AskDialog with this message."""

    message: str


@dataclass(frozen=True)
class Rang:
    """Expects the nurse to be rung at this level."""

    level: CareLevel


@dataclass(frozen=True)
class Left:
    """Expects the stream to be left this way."""

    next_step: NextStep
    disposition: Disposition | None = None


@dataclass(frozen=True)
class Saved:
    """Expects progress to be saved."""


@dataclass
class Playbook:
    session: CallSession
    at_ms: int = 0
    pending: list[Command] = field(default_factory=list)
    everything: list[Command] = field(default_factory=list)
    request: int = 0
    prompt: Speak | None = None
    asked_again: int = 0
    """What the second ear was asked last."""
    judging: int = 0
    """What the second opinion was asked last."""

    def __rshift__(self, step: object) -> Playbook:
        self._nothing_left()
        for event in self._events(step):
            self._feed(event)
        return self

    def __lshift__(self, expected: object) -> Playbook:
        while self.pending and isinstance(self.pending[0], QUIET) and not isinstance(expected, Saved):
            self.pending.pop(0)
        if not self.pending:
            raise AssertionError(f"expected {expected}, but nothing (more) was done")
        command = self.pending.pop(0)
        assert _is(command, expected), f"expected {expected}\n     got {command}\n    then {self.pending}"
        return self

    def done(self) -> CallSession:
        """Nothing happened beyond what was named."""
        self._nothing_left()
        return self.session

    def _nothing_left(self) -> None:
        left = [command for command in self.pending if not isinstance(command, QUIET)]
        assert not left, f"done without being named: {left}"
        self.pending = []

    def _events(self, step: object) -> Iterable[Event]:
        match step:
            case Sound(ms=ms, is_speech=is_speech):
                for _ in range(ms // FRAME_MS):
                    self.at_ms += FRAME_MS
                    yield Listened(self.at_ms, is_speech)
            case Says(ms=ms):
                yield from self._events(speech(ms))
                yield from self._until_answered(step)
            case SecondEar(text=None):
                yield NotHeardAgain(self.asked_again, Missed.SHED)
            case SecondEar(text=str(text), sure=sure, ahead=ahead):
                words = words_of(text, 0, sure)
                yield HeardAgain(self.asked_again, SecondHearing(text, words, ahead=ahead, audio_ms=1000, took_ms=90.0))
            case Judged(opinion=opinion):
                yield MeaningJudged(self.judging, opinion)
            case Heard():
                assert self.prompt is not None, "nothing was being said"
                prompt, self.prompt = self.prompt.prompt, None
                for index in range(len(prompt.sentences)):
                    yield SentenceHeard(prompt.id, index, self.at_ms)
                yield PromptFinished(prompt.id, self.at_ms)
            case Replies(reply=reply):
                yield DialogReplied(self.request, reply)
            case _:
                yield step  # type: ignore[misc]

    def _until_answered(self, says: Says) -> Iterable[Event]:
        """Silence, and the text for the flush that it brings, until the session acts on it or the wait is over."""
        flushed = False
        for _ in range(LONGEST_WAIT_MS // FRAME_MS):
            self.at_ms += FRAME_MS
            yield Listened(self.at_ms, False)
            if flush := next((command for command in self.pending if isinstance(command, FinishUtterance)), None):
                assert not flushed, "one silence, one flush"
                flushed = True
                self.pending.remove(flush)
                words = words_of(says.text, self.at_ms, says.sure)
                yield Transcribed(says.text, self.at_ms, final=True, words=words, utterance=flush.utterance)
            again = next((command for command in self.pending if isinstance(command, HearAgain)), None)
            if again and says.second is not None:
                self.pending.remove(again)
                yield from self._events(SecondEar(says.second) if isinstance(says.second, str) else says.second)
            judge = next((command for command in self.pending if isinstance(command, JudgeMeaning)), None)
            if judge and says.meaning is not None:
                self.pending.remove(judge)
                yield MeaningJudged(judge.request, says.meaning)
            if flushed and any(not isinstance(command, QUIET) for command in self.pending):
                return
        assert flushed, "the recogniser was never flushed"

    def _feed(self, event: Event) -> None:
        commands = self.session.handle(event)
        self.pending += commands
        self.everything += commands
        for command in commands:
            if isinstance(command, AskDialog):
                self.request = command.request
            if isinstance(command, Speak):
                self.prompt = command
            if isinstance(command, HearAgain):
                self.asked_again = command.utterance
            if isinstance(command, JudgeMeaning):
                self.judging = command.request


def words_of(text: str, at_ms: int, sure: float) -> tuple[Word, ...]:
    """The words of `text`, each 300 ms long."""
    return tuple(
        Word(word, at_ms + place * 300, at_ms + (place + 1) * 300, sure) for place, word in enumerate(text.split())
    )


def _is(command: Command, expected: object) -> bool:
    match expected:
        case Said(sentences=sentences):
            return isinstance(command, Speak) and command.prompt.sentences == sentences
        case SaidSomething(text=text):
            return isinstance(command, Speak) and text.lower() in " ".join(command.prompt.sentences).lower()
        case Asked(message=message):
            return isinstance(command, AskDialog) and command.message == message
        case Rang(level=level):
            return isinstance(command, TransferToNurse) and command.care_level is level
        case Left(next_step=step, disposition=disposition):
            return (
                isinstance(command, LeaveStream)
                and command.next_step is step
                and disposition in {None, command.disposition}
            )
        case Saved():
            return isinstance(command, SaveProgress)
    return command == expected
