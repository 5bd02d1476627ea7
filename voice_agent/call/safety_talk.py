"""What is said about red flags: the safety sentences, and the question that comes before anything else."""

from __future__ import annotations

from typing import Final

from voice_agent.call.commands import PromptKind
from voice_agent.call.events import MeaningJudged, Transcribed
from voice_agent.call.handoff import Answer, RedFlagRaised
from voice_agent.call.held_flag import HeldFlag
from voice_agent.call.lines import Lines, Sentences
from voice_agent.call.listening_again import Weight
from voice_agent.call.replies import Listen
from voice_agent.call.safety import SafetyAnswer, SafetyCheck
from voice_agent.call.second_opinions import SecondOpinions
from voice_agent.call.signals import Utterance
from voice_agent.call.stage import Question, Stage
from voice_agent.call.states import CallState
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import DiscriminatingQuestion
from voice_agent.triage.second_opinion import Thresholds, needless

YES_NO_KEYS: Final = {"1": "yes", "2": "no"}
_EARLIER: Final = 4  # utterances that the red-flag screen looks back on


class SafetyTalk:
    """Carries out what `SafetyCheck` finds."""

    def __init__(self, safety: SafetyCheck, stage: Stage, lines: Lines, second: Thresholds | None) -> None:
        """`second`: from when on a second opinion counts; None when there is none."""
        self._safety = safety
        self._opinions = SecondOpinions(second)
        self._held = HeldFlag()
        self._stage = stage
        self._lines = lines
        self._before: Question | None = None
        """What had been asked when a question of ours came in between; the dialog knows the answer before it."""

    def heard(self, event: Transcribed) -> bool:
        """Look through words for a red flag; whether they raised one now.

        One for which nothing but these words speaks waits a moment for what they mean.
        """
        raised = self._safety.heard(event, self._stage.notes.caller_said()[-_EARLIER:])
        if event.text:
            self._held.question = None
        if raised is None or self._waits(raised, event):
            return False
        self._latch(raised)
        return True

    def wait_no_longer(self, *, at_once: bool = False) -> bool:
        """Raise a red flag that waits for a second opinion, when that is overdue or `at_once`; whether one was."""
        due = at_once or self._held.overdue(self._stage.now_ms)
        raised = self._held.release() if due else None
        if raised:
            self._latch(raised)
        return raised is not None

    def comes_first(self, utterance: Utterance, *, granted: bool) -> bool:
        """Whether the dialog is not asked: a wish was `granted`, or the words may hide an emergency.

        A wish keeps nobody from a nurse or a question to which the meaning of the words leads.
        """
        if self.wait_no_longer(at_once=True) or self._ask_doubted(utterance):
            return True
        if self.second_opinion(utterance, may_ask=False):
            return True
        done = granted or self.ask_first(utterance)
        return self.second_opinion(utterance) or done

    def ask_first(self, utterance: Utterance) -> bool:
        """Put the discriminating question when the words may hide an emergency; whether it was put."""
        if self._stage.transferring or self._safety.question or not (utterance.text or utterance.readings):
            return False
        before = None if utterance.text else self._stage.question
        if not self._ask(utterance, self._stage.notes.caller_said()[-_EARLIER - 1 : -1]):
            return False
        self._before = before
        return True

    def heard_late(self, utterance: Utterance) -> None:
        """The second ear has heard an utterance once it was acted upon: a question may have to be put after all."""
        self._stage.notes.heard_again(utterance)
        if self._stage.transferring or self._safety.question:
            return
        if raised := self._safety.yes_after_all(utterance, self._stage.now_ms):
            self._raise(raised)
            return
        if self.wait_no_longer(at_once=True):
            return
        before = self._asked_meanwhile()
        if self._ask_doubted(utterance) or self._ask(utterance, self._stage.notes.caller_said()[-_EARLIER - 1 :]):
            self._before = before
        else:
            self.second_opinion(utterance, late=True)

    def may_be_all(self, text: str) -> None:
        """The caller may have ended: have the meaning judged, so that it is known by then."""
        if judge := self._opinions.ask(text):
            self._stage.do(judge)

    def second_opinion(self, utterance: Utterance, *, late: bool = False, may_ask: bool = True) -> bool:
        """Act on what words mean of which the rules raised nothing; whether a nurse or a question came of it.

        When the meaning is not known yet, it is acted upon once it is (`judged`).
        """
        self.may_be_all(utterance.text)
        opinion, thresholds = self._opinions.of(utterance), self._opinions.thresholds
        if opinion is None or thresholds is None:
            return False
        before = self._asked_meanwhile() if late else None
        may_ask = may_ask and not self._stage.transferring
        match self._safety.second(utterance, opinion, thresholds, self._stage.now_ms, may_ask=may_ask):
            case RedFlagRaised() as raised:
                self._raise(raised)
            case DiscriminatingQuestion() as question:
                self._put(question)
                self._before = before
            case None:
                return False
        return True

    def judged(self, event: MeaningJudged) -> None:
        """The second opinion is here: what has waited for it is acted upon."""
        late = self._opinions.judged(event)
        self._decide()
        if late:
            self.second_opinion(late, late=True)

    def answered(self, utterance: Utterance) -> str | None:
        """What the caller says to it: a yes in either ear's words raises the flag, a no clears it.

        Returns what the dialog is to be told now that it is cleared. What stays unclear after one reprompt goes to a
        nurse.
        """
        asked, text = self._stage.question, utterance.text
        now_ms = self._stage.now_ms
        self._stage.notes.answered(Answer(asked.id or "", asked.sentences[-1], text, now_ms))
        match self._safety.answer(utterance, now_ms):
            case SafetyAnswer.RAISED:
                if raised := self._safety.latched:
                    self._raise(raised)
            case SafetyAnswer.ASK_AGAIN:
                self._stage.ask_again(self._lines.no_match[0], self._lines.keypad_yes_no)
            case SafetyAnswer.UNCLEAR:
                reason = f"Unclear answer to: {asked.sentences[-1]}"
                self._stage.bring_to_nurse(self._lines.to_person, CareLevel.NURSE_NOW, reason)
            case SafetyAnswer.CLEARED:
                held, before = self._safety.take_held(), self._before
                if before is None:
                    return held
                self._before = None
                self._stage.ask(before)
        return None

    def weight(self, listen: Listen, first: Transcribed) -> Weight:
        """How much it would matter what the second ear hears in these words."""
        if self._stage.transferring:
            return Weight.ADMINISTRATIVE
        if self._safety.touched(first.text) or "symptom" in self._stage.summary.learned:
            return Weight.TRIAGE
        return Weight.OPEN if listen is Listen.OPEN else Weight.ADMINISTRATIVE

    def prompt_finished(self, prompt: int) -> None:
        """The caller has heard a prompt to its end."""
        finished = self._stage.speaker.finished(prompt)
        if finished is None:
            return
        if finished.kind is PromptKind.SAFETY and self._safety.latched:
            self._stage.notes.safety_heard()
        self._stage.heard_out()

    def _ask(self, utterance: Utterance, earlier: Sentences) -> bool:
        question = self._safety.must_ask(utterance, earlier, self._needless)
        if question:
            self._put(question)
        return question is not None

    def _needless(self, text: str, question: DiscriminatingQuestion) -> bool:
        opinion, thresholds = self._opinions.known(text), self._opinions.thresholds
        return bool(opinion and thresholds and needless(question, opinion, thresholds))

    def _waits(self, raised: RedFlagRaised, event: Transcribed) -> bool:
        """Whether the flag is not raised now: it waits for its second opinion, or that speaks against it."""
        thresholds = self._opinions.thresholds
        if thresholds is None or not (thresholds.doubt and thresholds.apply(event.text)):
            return False
        if not self._safety.stands_alone(raised, event):
            return False
        self._held.hold(raised, event.text, self._stage.now_ms)
        self.may_be_all(event.text)
        self._decide()
        return bool(self._held.text or self._held.question)

    def _decide(self) -> None:
        """Raise the flag that is held, or prepare its question, when the meaning of its words is known."""
        opinion = self._opinions.known(self._held.text) if self._held.text else None
        if opinion is None or self._opinions.thresholds is None or (raised := self._held.release()) is None:
            return
        self._held.question = self._safety.doubted(raised, opinion, self._opinions.thresholds)
        if self._held.question is None:
            self._latch(raised)

    def _ask_doubted(self, utterance: Utterance) -> bool:
        """Put the question about a red flag that was doubted; whether there was one."""
        question = self._held.take_question()
        if question is None or self._stage.transferring or self._safety.question:
            return False
        self._safety.wait_for(question, utterance)
        self._put(question)
        return True

    def _put(self, question: DiscriminatingQuestion) -> None:
        self._stage.interrupt()
        self._stage.ask(Question((question.sentence,), Listen.YES_NO, YES_NO_KEYS, question.id))

    def _asked_meanwhile(self) -> Question | None:
        """What is asked after words that were acted upon already; none while the dialog thinks about them."""
        return self._stage.question if self._stage.state is not CallState.THINKING else None

    def _latch(self, raised: RedFlagRaised) -> None:
        if self._safety.latch(raised):
            self._raise(raised)

    def _raise(self, raised: RedFlagRaised) -> None:
        self._stage.notes.red_flag(raised)
        self._stage.notes.did(f"red_flag_{raised.flag}")
        self._stage.bring_to_nurse(self._safety.script(), raised.care_level, raised.title, PromptKind.SAFETY)
