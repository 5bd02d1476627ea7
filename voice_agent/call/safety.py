"""Red flags before everything else.

Stands between what was heard and the dialog: raises a red flag at most once a level, and puts at most one
discriminating question at a time. Knows nothing of prompts and nurses.
"""

from __future__ import annotations

from enum import StrEnum

from voice_agent.call.events import Transcribed
from voice_agent.call.handoff import RedFlagRaised
from voice_agent.call.lines import Sentences
from voice_agent.call.turns import Utterance
from voice_agent.triage.red_flags import DiscriminatingQuestion, RedFlagScreen


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

    @property
    def latched(self) -> RedFlagRaised | None:
        """The most urgent red flag so far."""
        return self._latched

    @property
    def question(self) -> DiscriminatingQuestion | None:
        """The question that waits for its answer."""
        return self._question

    def script(self) -> Sentences:
        """The safety sentences of the latched flag; () without one."""
        flag = self._latched
        return self._screen.script(flag.flag, flag.care_level) if flag else ()

    def heard(self, event: Transcribed, earlier: Sentences) -> RedFlagRaised | None:
        """The red flag that these words raise, unless one as urgent is latched already."""
        if not event.text:
            return None
        screening = self._screen.screen(
            event.text,
            words=event.words,
            alternatives=event.alternatives,
            at_ms=event.at_ms,
            context=earlier,
            partial=not event.final,
        )
        return self._latch(screening.raised)

    def must_ask(self, utterance: Utterance, earlier: Sentences) -> DiscriminatingQuestion | None:
        """The question that comes before anything else when the words may hide an emergency."""
        screening = self._screen.screen(
            utterance.text, words=utterance.words, at_ms=utterance.ended_ms, context=earlier, asked=self._asked
        )
        if screening.ask is None:
            return None
        self._question = screening.ask
        self._asked.add(screening.ask.id)
        self._held = utterance.text
        self._unclear = False
        return screening.ask

    def answer(self, text: str, at_ms: int) -> SafetyAnswer:
        """Judge the answer to `question`. RAISED has latched the flag; otherwise see `take_held`."""
        question = self._question
        if question is None:
            raise AssertionError("no discriminating question was put")
        answer = self._screen.answered(question, text)
        if answer is None and not self._unclear:
            self._unclear = True
            return SafetyAnswer.ASK_AGAIN
        self._question = None
        if answer is True:
            self._latch(self._screen.raised_by_answer(question, text, at_ms))
            return SafetyAnswer.RAISED
        return SafetyAnswer.UNCLEAR if answer is None else SafetyAnswer.CLEARED

    def take_held(self) -> str:
        """What the caller had said before the question; goes to the dialog once the question is cleared."""
        held, self._held = self._held, ""
        return held

    def _latch(self, raised: RedFlagRaised | None) -> RedFlagRaised | None:
        if raised is None or (self._latched and raised.care_level.rank >= self._latched.care_level.rank):
            return None
        self._latched = raised
        self._question = None
        return raised
