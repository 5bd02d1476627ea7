"""What the rules of a call act upon: its state, what is being said, what is noted.

The rules (`session.py`) decide; here stands how a decision is carried out so that state, prompt and notes always agree:
nobody is spoken to after the end, the nurse is rung once, and silence counts as no input only when it is the
caller's turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voice_agent.call.commands import (
    Command,
    ExpectAnswer,
    LeaveStream,
    NextStep,
    PromptKind,
    SaveProgress,
    Speculate,
    TransferToNurse,
)
from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.call.lines import Sentences
from voice_agent.call.notes import CallNotes
from voice_agent.call.replies import Listen
from voice_agent.call.signals import WordsSoFar
from voice_agent.call.speaker import Speaker
from voice_agent.call.states import TRANSITIONS, CallState
from voice_agent.call.turns import TurnTaker
from voice_agent.triage.care_levels import CareLevel


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller was asked last."""

    sentences: Sentences
    listen: Listen = Listen.OPEN
    keypad: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None


class Stage:
    """One call's state, mouth, notes and turn counter, kept in step."""

    def __init__(self, speaker: Speaker, turns: TurnTaker, notes: CallNotes, question: Question) -> None:
        self.speaker = speaker
        self.turns = turns
        self.notes = notes
        self.question = question
        self.state = CallState.GREETING
        self.now_ms = 0
        self._leaving: tuple[NextStep, Disposition] | None = None
        self._done: list[Command] = []

    def take_commands(self) -> list[Command]:
        """What was done since this was last asked, in order."""
        done, self._done = self._done, []
        return done

    def do(self, *commands: Command) -> None:
        """Have the shell perform these."""
        self._done.extend(commands)

    def save(self) -> None:
        """Keep what is known, so that the call can go on without this process."""
        self.do(SaveProgress(self.summary))

    def enter(self, state: CallState) -> None:
        """Move to `state`; a move that TRANSITIONS does not know is a mistake of the rules."""
        if state is self.state:
            return
        if state not in TRANSITIONS[self.state]:
            raise AssertionError(f"a call cannot go from {self.state} to {state}")
        self.state = state

    @property
    def summary(self) -> CallSummary:
        """All that is known of the call."""
        return self.notes.summary()

    @property
    def transferring(self) -> bool:
        return self.state is CallState.TRANSFERRING

    @property
    def may_be_interrupted(self) -> bool:
        """Whether a caller's word may stop what is being said."""
        return self.speaker.yields and not self.transferring

    def look_ahead(self, words: WordsSoFar) -> None:
        """Find out what the words so far would mean to the dialog."""
        self.do(Speculate(words.utterance, words.text, self.question.id))

    # Speaking.

    def say(self, sentences: Sentences, kind: PromptKind = PromptKind.NORMAL) -> None:
        """Begin a prompt; until it was heard, silence is expected of the caller."""
        speak = self.speaker.say(sentences, kind)
        self.turns.stop_awaiting()
        self.notes.spoke(speak.prompt, self.now_ms)
        self.do(speak)

    def ask(self, question: Question) -> None:
        """Say something that the caller may answer."""
        self.question = question
        if self.state is not CallState.GREETING:
            self.enter(CallState.SPEAKING)
        self.say(question.sentences)
        self.turns.expect(question.listen)
        self.do(ExpectAnswer(question.listen))

    def ask_again(self, before: Sentences, after: Sentences = ()) -> None:
        """The last question once more: all of it when nothing stands before it, else its last sentence."""
        question = self.question
        again = question.sentences[-1:] if before else question.sentences
        self.interrupt()
        self.ask(Question((*before, *again, *after), question.listen, question.keypad, question.id))
        self.question = question

    def interrupt(self) -> None:
        """Drop what is still being said; it is the caller's turn."""
        if stopped := self.speaker.stop():
            self.do(*stopped)
            self._leaving = None
            self._listen()

    def heard_out(self) -> None:
        """The prompt under way was heard to its end: leave when that was the last of it, else listen."""
        if self._leaving:
            self.leave(*self._leaving)
        else:
            self._listen()

    def _listen(self) -> None:
        if self.state in {CallState.SPEAKING, CallState.GREETING}:
            self.enter(CallState.LISTENING)
            self.turns.await_answer()

    # Leaving.

    def farewell(self, sentences: Sentences, next_step: NextStep, disposition: Disposition) -> None:
        """Last words, and where the call goes once they were heard; a caller who speaks into them is listened to."""
        self.interrupt()
        self.enter(CallState.SPEAKING)
        self.say(sentences)
        self._leaving = (next_step, disposition)

    def leave(self, next_step: NextStep, disposition: Disposition) -> None:
        """Leave the stream now."""
        self.notes.ended(disposition)
        self.save()
        self.do(LeaveStream(next_step, disposition))
        self.enter(CallState.ENDED)

    def hung_up(self) -> None:
        """The caller is gone."""
        ending = Disposition.NURSE_TRANSFERRED if self.transferring else self.notes.outcome or Disposition.ABANDONED
        self.notes.ended(ending)
        self.save()
        self.enter(CallState.ENDED)

    def bring_to_nurse(
        self, sentences: Sentences, level: CareLevel, reason: str, kind: PromptKind = PromptKind.NORMAL
    ) -> None:
        """Say so, ring the nurse at the same time (once a call), and leave the stream when the words were heard."""
        self.notes.wants_person(reason, level)
        already = self.transferring
        leaving = self._leaving if already else None
        self._begin_transfer(sentences, kind)
        if already:
            self.save()
        else:
            self.notes.did("transfer_requested")
            self.do(TransferToNurse(level, self.summary))
        self._leaving = leaving or (NextStep.CONFERENCE, Disposition.NURSE_TRANSFERRED)

    def bring_to_nurse_line(self, sentences: Sentences) -> None:
        """No transfer can be arranged: the nurse line is dialled directly once the words were heard."""
        if not self.transferring:
            self._begin_transfer(sentences, PromptKind.SAFETY)
        self._leaving = (NextStep.NURSE_LINE, Disposition.NURSE_TRANSFERRED)
        if self.speaker.prompt is None:
            self.leave(*self._leaving)

    def service_failed(self, service: str, trouble: Sentences) -> None:
        """The answer to failure is a person, by the shortest way that still works."""
        self.notes.did(f"{service}_failed")
        if service == "synthesizer":
            self.leave(NextStep.NURSE_LINE, Disposition.FAILED)
        elif service in {"call_store", "carrier"}:
            self.bring_to_nurse_line(trouble)
        elif not self.transferring:
            self.bring_to_nurse(trouble, CareLevel.NURSE_NOW, f"The {service} failed in mid-call")

    def _begin_transfer(self, sentences: Sentences, kind: PromptKind) -> None:
        self.interrupt()
        self.turns.stop_awaiting()
        self.enter(CallState.TRANSFERRING)
        self.say(sentences, kind)
