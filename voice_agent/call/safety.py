"""Red flags before everything else.

Stands between what was heard and the dialog: raises a red flag at most once a level, and puts at most one
discriminating question at a time. Knows nothing of prompts and nurses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from voice_agent.call.events import Transcribed
from voice_agent.call.handoff import RedFlagRaised
from voice_agent.call.lines import Sentences
from voice_agent.call.signals import Utterance
from voice_agent.triage.raised import Evidence
from voice_agent.triage.red_flags import DiscriminatingQuestion, RedFlagScreen
from voice_agent.triage.second_opinion import Opinion, Thresholds, doubted, second_opinion


class SafetyAnswer(StrEnum):
    """What the caller's answer to a discriminating question means."""

    RAISED = "raised"
    CLEARED = "cleared"
    ASK_AGAIN = "ask_again"
    UNCLEAR = "unclear"
    """Unclear for the second time: a person decides."""


class SafetyCheck:
    """One call's red flags: latched, never lowered."""

    def __init__(self, screen: RedFlagScreen, latched: RedFlagRaised | None = None) -> None:
        self._screen = screen
        self._latched = latched
        self._question: DiscriminatingQuestion | None = None
        self._held = ""
        self._asked: set[str] = set()
        self._unclear = False
        self._cleared: tuple[DiscriminatingQuestion, int] | None = None
        """The last question that was answered with no, and when that began to be said."""
        self._denied: tuple[str, ...] = ()

    @property
    def latched(self) -> RedFlagRaised | None:
        """The most urgent red flag so far."""
        return self._latched

    @property
    def question(self) -> DiscriminatingQuestion | None:
        """The question that waits for its answer."""
        return self._question

    @property
    def came_up(self) -> bool:
        """Whether an emergency was ever thought of in this call, were it only in a question that was cleared."""
        return bool(self._latched or self._asked)

    def script(self) -> Sentences:
        """The safety sentences of the latched flag; () without one."""
        flag = self._latched
        return self._screen.script(flag.flag, flag.care_level) if flag else ()

    def heard(self, event: Transcribed, earlier: Sentences) -> RedFlagRaised | None:
        """The red flag that these words raise, unless one as urgent is latched already; `latch` makes it count."""
        if not event.text:
            return None
        # Alone as well: what another reading says must not speak against it.
        for others in dict.fromkeys(((), event.alternatives)):
            screening = self._screen.screen(
                event.text,
                words=event.words,
                alternatives=others,
                at_ms=event.at_ms,
                context=earlier,
                partial=not event.final,
            )
            if screening.raised and self._is_more_urgent(screening.raised):
                return screening.raised
        return None

    def stands_alone(self, raised: RedFlagRaised, event: Transcribed) -> bool:
        """Whether nothing but the words of `event`, as they were heard first, speaks for `raised`."""
        if self._latched or self._question:
            return False
        alone = self._screen.screen(event.text, partial=not event.final).raised
        return alone is not None and alone.flag == raised.flag

    def doubted(self, raised: RedFlagRaised, opinion: Opinion, thresholds: Thresholds) -> DiscriminatingQuestion | None:
        """What to ask about a red flag of which the meaning says that it is none; None: it stands."""
        return doubted(self._screen, raised, opinion, thresholds, self._asked)

    def must_ask(
        self, utterance: Utterance, earlier: Sentences, needless: Callable[[str, DiscriminatingQuestion], bool]
    ) -> DiscriminatingQuestion | None:
        """The question that comes before anything else when the words may hide an emergency.

        `needless(text, question)` says that a second opinion on `text` speaks against a weak question.
        """
        asked = self._questions(utterance, earlier)
        question = next((question for text, question in asked if not needless(text, question)), None)
        if question:
            self.wait_for(question, utterance)
        return question

    def second(
        self, utterance: Utterance, opinion: Opinion, thresholds: Thresholds, at_ms: int, *, may_ask: bool
    ) -> RedFlagRaised | DiscriminatingQuestion | None:
        """What the meaning of words calls for, of which the rules raised nothing; no question while another waits."""
        said = Evidence(utterance.text, utterance.started_ms, utterance.ended_ms)
        found = second_opinion(self._screen, opinion, thresholds, said, at_ms=at_ms, asked=self._asked)
        if found.raised:
            return self.latch(found.raised)
        if found.ask and may_ask and not (self._latched or self._question):
            self.wait_for(found.ask, utterance)
            return found.ask
        return None

    def touched(self, text: str) -> bool:
        """Whether a red flag may be in play: one is latched or asked about, or the words tell of a symptom."""
        return bool(self._latched or self._question) or self._screen.touches(text)

    def answer(self, utterance: Utterance, at_ms: int) -> SafetyAnswer:
        """Judge the answer to `question`; a yes counts in any reading, a no only when it is sure.

        RAISED has latched the flag; otherwise see `take_held`.
        """
        question = self._question
        if question is None:
            raise AssertionError("no discriminating question was put")
        yes = self._yes_in(question, utterance)
        text = yes or ("" if utterance.unsure else utterance.text)
        answer = self._screen.answered(question, text)
        if answer is None and not self._unclear:
            self._unclear = True
            return SafetyAnswer.ASK_AGAIN
        self._question = None
        if answer is True:
            self.latch(self._screen.raised_by_answer(question, text, at_ms))
            return SafetyAnswer.RAISED
        if answer is None:
            return SafetyAnswer.UNCLEAR
        self._cleared = (question, utterance.started_ms)
        self._denied = (*self._denied, question.id)
        return SafetyAnswer.CLEARED

    def yes_after_all(self, utterance: Utterance, at_ms: int) -> RedFlagRaised | None:
        """The red flag of a question that was taken for answered with no, when the second ear heard a yes."""
        if self._cleared is None or self._cleared[1] != utterance.started_ms:
            return None
        question = self._cleared[0]
        yes = self._yes_in(question, utterance)
        return self.latch(self._screen.raised_by_answer(question, yes, at_ms)) if yes else None

    def take_held(self) -> str:
        """What the caller had said before the question; goes to the dialog once the question is cleared."""
        held, self._held = self._held, ""
        return held

    def take_denied(self) -> tuple[str, ...]:
        """Ids of the questions that were answered with no since the dialog was last told."""
        denied, self._denied = self._denied, ()
        return denied

    def _yes_in(self, question: DiscriminatingQuestion, utterance: Utterance) -> str | None:
        readings = (*utterance.readings, utterance.text)
        return next((reading for reading in readings if self._screen.answered(question, reading)), None)

    def _questions(self, utterance: Utterance, earlier: Sentences) -> Iterator[tuple[str, DiscriminatingQuestion]]:
        """What the words call for, in each of their readings and in all together; weak words in their own only."""
        for text in (utterance.text, *utterance.readings):
            for others in dict.fromkeys(((), utterance.readings)):
                screening = self._screen.screen(
                    text,
                    words=utterance.words if text == utterance.text else (),
                    alternatives=others,
                    at_ms=utterance.ended_ms,
                    context=earlier,
                    asked=self._asked,
                )
                if screening.ask and not (others and screening.ask.weak):
                    yield text, screening.ask

    def wait_for(self, question: DiscriminatingQuestion, utterance: Utterance) -> None:
        """The question is being put about what the caller said; its answer comes next."""
        self._question = question
        self._asked.add(question.id)
        self._held = utterance.text
        self._unclear = False

    def latch(self, raised: RedFlagRaised) -> RedFlagRaised | None:
        """Make it count; None when one as urgent is latched already."""
        if not self._is_more_urgent(raised):
            return None
        self._latched = raised
        self._question = None
        return raised

    def _is_more_urgent(self, raised: RedFlagRaised) -> bool:
        return self._latched is None or raised.care_level.rank < self._latched.care_level.rank
