"""One phone call: events in, commands out.

    greeting ──> listening <──> thinking ──> speaking ──> listening …
        any state ── red flag, a wish for a person, a failure ──> transferring ──> ended

Red flags come before everything: they are looked for in every partial and final, in every state, and latch.
Nothing here reads a clock, opens a socket or waits; time is the audio's (`Listened.at_ms`).
"""

from __future__ import annotations

from typing import Final

from voice_agent.call import signals
from voice_agent.call.asking import Asking
from voice_agent.call.commands import AwaitSecondEar, Command, FinishUtterance, HearAgain, NextStep, PromptKind
from voice_agent.call.ending import Ending
from voice_agent.call.events import (
    CallConnected,
    CallerHungUp,
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    HeardAgain,
    Listened,
    MeaningJudged,
    NotHeardAgain,
    PromptFinished,
    SentenceHeard,
    ServerDraining,
    ServiceFailed,
    SpeakingCut,
    StreamStalled,
    Transcribed,
    TransferProgressed,
    Understood,
    Word,
)
from voice_agent.call.handoff import Answer, CallSummary, Disposition
from voice_agent.call.interruption import Interruption
from voice_agent.call.keypad import Keypad
from voice_agent.call.late_hearings import LateHearings
from voice_agent.call.lines import Escape, EscapeListener, Lines, Sentences
from voice_agent.call.notes import CallNotes
from voice_agent.call.progress import Progress, progress
from voice_agent.call.replies import DialogReply, Listen, ReplyAction
from voice_agent.call.reprompts import Reprompts
from voice_agent.call.safety import SafetyCheck
from voice_agent.call.safety_talk import SafetyTalk
from voice_agent.call.second_listening import SecondListening
from voice_agent.call.settings import SessionSettings
from voice_agent.call.signals import Signal, Utterance
from voice_agent.call.speaker import Speaker
from voice_agent.call.stage import Question, Stage
from voice_agent.call.states import CallState
from voice_agent.call.turns import TurnTaker
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.understanding.yes_no import yes_no

_TYPED: Final = frozenset({Listen.DIGITS, Listen.DATE, Listen.TIME})
"""Answers that may be typed as a number on the keypad."""


class CallSession:
    """The rules of one call. Feed it every event in order; perform every command in order."""

    def __init__(
        self,
        settings: SessionSettings,
        lines: Lines,
        screen: RedFlagScreen,
        earlier: CallSummary | None = None,
    ) -> None:
        """`earlier`: what is known of the call from before its socket was lost."""
        self._settings = settings
        self._lines = lines
        self._wishes = EscapeListener(lines.escapes)
        self._interruption = Interruption(settings.turns, self._wishes)
        self._keypad = Keypad(settings.turns.keys_ms)
        self._safety = SafetyCheck(screen, earlier.red_flag if earlier else None)
        self._notes = CallNotes(earlier)
        self._first_question = Question(lines.first_question, keypad=lines.first_keypad)
        self._second = SecondListening(settings.second_ear, lambda listen, first: self._talk.weight(listen, first))
        taker = TurnTaker(settings.turns, self._progress, self._second)
        self._stage = Stage(Speaker(settings.rate_wpm), taker, self._notes, self._first_question)
        self._talk = SafetyTalk(self._safety, self._stage, lines, settings.second_opinion)
        self._late = LateHearings(self._second)
        self._asking = Asking()
        self._reprompts = Reprompts(self._stage, lines)
        self._ending = Ending(self._stage, self._safety, lines, ask_rating=settings.ask_rating)

    def handle(self, event: Event) -> list[Command]:
        """What to do about `event`; [] once the call has ended."""
        if self.state is not CallState.ENDED:
            self._react(event)
        return self._stage.take_commands()

    @property
    def state(self) -> CallState:
        """What drives the call now."""
        return self._stage.state

    @property
    def summary(self) -> CallSummary:
        """All that is known of the call."""
        return self._notes.summary()

    def _react(self, event: Event) -> None:
        match event:
            case Listened():
                self._stage.now_ms = event.at_ms
                self._talk.wait_no_longer()
                self._typed(self._keypad.pause(event.at_ms))
                self._signals(self._stage.turns.listened(event))
            case Transcribed():
                self._heard(event)
            case HeardAgain():
                self._heard_again(event)
            case NotHeardAgain():
                self._late.forget(event.utterance)
                self._signals(self._stage.turns.heard_again(event))
            case CallConnected():
                self._connected(event)
            case SentenceHeard():
                self._notes.sentence_heard(event.prompt, event.sentence, event.at_ms)
            case SpeakingCut():
                self._notes.cut(event)
            case PromptFinished():
                self._talk.prompt_finished(event.prompt)
            case Understood():
                sure = event.confidence >= self._settings.turns.understood_confidence
                if sure and event.intent not in self._lines.more_follows:
                    self._signals(self._stage.turns.understood(event.utterance))
            case MeaningJudged():
                self._talk.judged(event)
            case DialogReplied():
                self._replied(event)
            case DialogDelayed():
                if self._awaits(event.request) and not self._stage.speaker.prompt:
                    words = self._lines.filler if event.times == 1 else self._lines.still_waiting
                    self._stage.say(words, PromptKind.FILLER)
            case DialogFailed():
                if self._awaits(event.request):
                    self._stage.service_failed("dialog", self._lines.trouble)
            case DigitPressed():
                self._key(event)
            case ServiceFailed():
                self._stage.service_failed(event.service, self._lines.trouble)
            case TransferProgressed():
                self._notes.did(f"transfer_{event.status}")
            case StreamStalled() | ServerDraining():
                self._talk.wait_no_longer(at_once=True)
                if not self._stage.transferring:
                    self._stage.leave(NextStep.RECONNECT, Disposition.FAILED)
            case CallerHungUp():
                self._talk.wait_no_longer(at_once=True)
                self._stage.hung_up()

    # The line itself.

    def _connected(self, event: CallConnected) -> None:
        self._notes.connected(event)
        if not event.resumed:
            self._stage.ask(Question((*self._lines.greeting, *self._lines.first_question)))
            self._stage.question = self._first_question
            # From now on the call can be resumed, whatever happens to this socket.
            self._stage.save()
        elif flag := self._safety.latched:
            self._stage.bring_to_nurse(self._safety.script(), flag.care_level, flag.title, PromptKind.SAFETY)
        else:
            question = self._notes.last_question()
            again = (question,) if question and question not in self._lines.greeting else self._lines.first_question
            self._stage.ask(Question((*self._lines.resumed, *again)))

    # Listening.

    def _heard(self, event: Transcribed) -> None:
        if self._talk.heard(self._stage.turns.joined(event)):
            pass
        elif event.text and self._stage.may_be_interrupted:
            if self._interruption.stops(event, self._stage.speaker.saying, self._stage.question.listen):
                self._stage.interrupt()
        elif self._stage.speaker.prompt and self._wishes.is_distress(event.text):
            self._stage.do(*self._stage.speaker.pause())
        self._signals(self._stage.turns.transcribed(event))

    def _heard_again(self, event: HeardAgain) -> None:
        late = self._late.take(event, self._stage.now_ms)
        self._talk.heard(late.heard if late else self._stage.turns.second_joined(event))
        self._signals(self._stage.turns.heard_again(event))
        if late and late.counted:
            self._talk.heard_late(late.utterance)
        elif late and not late.utterance.unsure and not self._is_nothing(late.utterance.text, late.utterance.words):
            # It had passed for a noise, and was words after all.
            if self._stage.may_be_interrupted:
                self._stage.interrupt()
            self._utterance(late.utterance)

    def _signals(self, told: list[Signal]) -> None:
        for signal in told:
            match signal:
                case signals.SoundBegan() | signals.SpeechBegan():
                    if self._stage.may_be_interrupted:
                        self._stage.do(*self._stage.speaker.pause())
                case signals.SoundEnded():
                    self._stage.do(*self._stage.speaker.resume())
                case signals.SpeechPaused():
                    self._stage.do(FinishUtterance(signal.utterance))
                case signals.WordsSoFar():
                    self._speculate(signal)
                case signals.HearingWanted():
                    again = HearAgain(signal.utterance, signal.from_ms, signal.listen, signal.weight, signal.first)
                    self._stage.do(again)
                case signals.HearingAwaited():
                    self._stage.do(AwaitSecondEar(signal.utterance))
                case signals.UtteranceEnded():
                    self._utterance(signal.utterance)
                case signals.NothingSaid():
                    self._no_input()

    def _utterance(self, utterance: Utterance) -> None:
        text = utterance.text
        if self._stage.speaker.paused:
            if not self._stage.may_be_interrupted:
                # A cry of distress over a safety sentence: noted below, and the sentence goes on.
                self._stage.do(*self._stage.speaker.resume())
            elif self._is_nothing(text, utterance.words):
                self._stage.do(*self._stage.speaker.resume())
                self._late.remember(utterance, self._stage.question.listen, counted=False)
                return
            else:
                self._stage.interrupt()
        if self._wishes.is_hesitation(text):
            self._late.remember(utterance, self._stage.question.listen, counted=False)
            if not self._talk.ask_first(utterance):
                self._wordless(utterance)
            return
        self._late.remember(utterance, self._stage.question.listen, counted=True)
        self._notes.said(utterance)
        if self._stage.transferring:
            self._stage.save()
        elif self._safety.question:
            self._answered_safety(utterance)
        elif self._talk.comes_first(utterance, granted=self._grant(self._wishes.escape_in(text))):
            pass
        elif utterance.unsure and self.state is not CallState.THINKING:
            self._reprompts.no_match()
        elif not self._ending.answered(text):
            self._send(text, said=text)

    def _wordless(self, utterance: Utterance) -> None:
        """A long sound without a word, or words that no ear is sure of, were meant; a short one, or an um, maybe."""
        meant = utterance.unsure or utterance.lasted_ms >= self._settings.turns.wordless_ms
        if not utterance.text and self.state is CallState.LISTENING:
            (self._reprompts.no_match if meant else self._stage.turns.await_shortly)()

    def _answered_safety(self, utterance: Utterance) -> None:
        held = self._talk.answered(utterance)
        if held is not None:
            self._stage.question = self._first_question
            self._send(held, said=None)

    def _progress(self, listen: Listen, text: str, words: tuple[Word, ...]) -> Progress:
        """How far the caller has come: what matters over a prompt, or is understood in any state, is whole at once."""
        far = progress(listen, text)
        if self._stage.speaker.paused and self._is_nothing(text, words):
            return Progress.NOTHING
        if self._settings.second_ear and self._safety.question and yes_no(text) is not True:
            # Only a yes needs no second ear.
            return Progress.LIKELY if far is Progress.ANSWERED else far
        return Progress.ANSWERED if far is not Progress.GOES_ON and self._wishes.escape_in(text) else far

    def _is_nothing(self, text: str, words: tuple[Word, ...]) -> bool:
        """Whether what was said over a prompt lets it go on."""
        return self._interruption.is_nothing(text, words, self._stage.speaker.saying, self._stage.question.listen)

    def _speculate(self, words: signals.WordsSoFar) -> None:
        if words.text and not self._stage.transferring and not self._safety.question:
            self._stage.look_ahead(words)
            self._talk.may_be_all(words.text)

    # Wishes, keys, silence.

    def _grant(self, wish: Escape | ReplyAction | None) -> bool:
        """Do what the caller wishes; whether there was a wish."""
        match wish:
            case Escape.PERSON | ReplyAction.TRANSFER:
                self._stage.bring_to_nurse(self._lines.to_person, CareLevel.NURSE_WITHIN_HOUR, "Asked for a person")
            case Escape.REPEAT | ReplyAction.REPEAT:
                self._say_again(())
            case Escape.SLOWER | ReplyAction.SLOWER:
                self._stage.speaker.rate_wpm = self._settings.slow_rate_wpm
                self._say_again(self._lines.slower)
            case Escape.START_OVER | ReplyAction.START_OVER:
                self._stage.question = self._first_question
                self._send("/start_over", said=None)
            case Escape.GOODBYE | ReplyAction.HANG_UP:
                self._ending.goodbye(self._lines.goodbye)
            case _:
                return False
        return True

    def _say_again(self, before: Sentences) -> None:
        if not self._asking.awaits_reply:  # else that reply is what the caller will hear
            self._stage.ask_again(before)

    def _key(self, event: DigitPressed) -> None:
        self._stage.now_ms = max(self._stage.now_ms, event.at_ms)
        question = self._stage.question
        if self._stage.transferring:
            self._notes.pressed(event.digit, event.at_ms)
        elif question.listen in _TYPED and event.digit not in {*question.keypad, "*"}:
            self._stage.interrupt()
            self._typed(self._keypad.press(event.digit, self._stage.now_ms))
        elif event.digit == "0":
            self._notes.pressed("0", event.at_ms)
            self._grant(Escape.PERSON)
        elif message := question.keypad.get(event.digit):
            self._notes.pressed(event.digit, event.at_ms)
            self._stage.interrupt()
            if self._safety.question:
                self._answered_safety(Utterance(message, self._stage.now_ms, self._stage.now_ms))
            elif not self._ending.answered(message):
                self._send(message, said=f"pressed {event.digit}")
        elif self.state is not CallState.THINKING:
            self._stage.interrupt()
            self._reprompts.no_match()

    def _typed(self, keys: str | None) -> None:
        """A number is complete; a lone 0 is the wish for a person everywhere."""
        if keys is None or self._stage.transferring:
            return
        self._notes.pressed(keys, self._stage.now_ms)
        if keys == "0":
            self._grant(Escape.PERSON)
        else:
            self._send(keys, said=f"pressed {keys}")

    def _no_input(self) -> None:
        if self.state is not CallState.LISTENING or self._keypad.busy:
            return
        if not self._ending.unanswered():
            self._reprompts.no_input()

    # The dialog.

    def _send(self, message: str, *, said: str | None) -> None:
        """Take the caller's words to the dialog; what comes while it thinks follows after it."""
        if self.state is CallState.THINKING:
            self._asking.add(message)
            return
        if said is not None and self._stage.question.id:
            self._notes.answered(
                Answer(self._stage.question.id, self._stage.question.sentences[-1], said, self._stage.now_ms)
            )
        self._reprompts.spoke()
        self._stage.enter(CallState.THINKING)
        self._stage.turns.stop_awaiting()
        self._stage.do(self._asking.ask(message, self._safety.take_denied()))
        self._stage.save()

    def _awaits(self, request: int) -> bool:
        return self._asking.counts(request) and self.state is CallState.THINKING

    def _replied(self, event: DialogReplied) -> None:
        if not self._awaits(event.request):
            return
        late = self._asking.answered()
        reply = event.reply
        self._notes.learned(dict(reply.learned))
        if reply.outcome:
            self._notes.ended(Disposition(reply.outcome))
            self._notes.did(reply.outcome)
        if late and reply.do is None and not reply.outcome:
            # The caller went on while we thought: answer all of it, not the half that we had.
            self._stage.do(self._asking.ask(late, self._safety.take_denied()))
        elif reply.do is ReplyAction.NO_MATCH:
            self._reprompts.no_match()
        else:
            self._reprompts.understood()
            self._answer(reply)

    def _answer(self, reply: DialogReply) -> None:
        if reply.do is ReplyAction.TRANSFER:
            level = CareLevel(reply.care_level) if reply.care_level else CareLevel.NURSE_WITHIN_HOUR
            kind = PromptKind.SAFETY if level is CareLevel.EMERGENCY_911 else PromptKind.NORMAL
            reason = reply.reason or "Asked for a person"
            self._stage.bring_to_nurse(reply.sentences or self._lines.to_person, level, reason, kind)
        elif reply.do is ReplyAction.HANG_UP:
            self._ending.goodbye(reply.sentences or self._lines.goodbye)
        elif reply.do is ReplyAction.START_OVER or not self._grant(reply.do):
            # After a start over the dialog has forgotten everything already; only the first question is left.
            sentences = reply.sentences or self._lines.first_question
            self._stage.ask(Question(sentences, reply.listen, reply.keypad, reply.question))
