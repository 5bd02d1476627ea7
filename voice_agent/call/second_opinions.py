"""What the second opinion was asked in one call, and what it said.

It is asked as soon as the words may be all, so that its answer is mostly there when the caller's turn ends. Nobody
waits for it: one that comes later is acted upon then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voice_agent.call.commands import JudgeMeaning
from voice_agent.call.events import MeaningJudged
from voice_agent.call.signals import Utterance
from voice_agent.triage.second_opinion import Opinion, Thresholds

_MOST: Final = 8
"""So many texts are remembered; one call waits for one or two."""


@dataclass(slots=True)
class _Asked:
    text: str
    opinion: Opinion | None = None
    waiting: Utterance | None = None
    """An utterance of this text that was acted upon by the rules alone."""


class SecondOpinions:
    """One call's."""

    def __init__(self, thresholds: Thresholds | None) -> None:
        """`thresholds`: None when there is no second opinion."""
        self.thresholds = thresholds
        self._asked: dict[int, _Asked] = {}
        self._requests = 0

    def ask(self, text: str) -> JudgeMeaning | None:
        """What is to be judged now; None when there is nothing to judge, or `text` was asked about."""
        if self.thresholds is None or not self.thresholds.apply(text) or self._find(text):
            return None
        self._requests += 1
        self._asked[self._requests] = _Asked(text)
        if len(self._asked) > _MOST:
            del self._asked[min(self._asked)]
        return JudgeMeaning(self._requests, text)

    def of(self, utterance: Utterance) -> Opinion | None:
        """The opinion on an utterance that is over; when it is still to come, `judged` gives the utterance back."""
        asked = self._find(utterance.text)
        if asked is None:
            return None
        if asked.opinion is None:
            asked.waiting = utterance
        return asked.opinion

    def known(self, text: str) -> Opinion | None:
        """The opinion on `text`, when it is here."""
        asked = self._find(text)
        return asked.opinion if asked else None

    def judged(self, event: MeaningJudged) -> Utterance | None:
        """Take an opinion; the utterance that has waited for it, if one has."""
        asked = self._asked.get(event.request)
        if asked is None:
            return None
        asked.opinion = event.opinion
        late, asked.waiting = asked.waiting, None
        return late

    def _find(self, text: str) -> _Asked | None:
        return next((asked for asked in self._asked.values() if asked.text == text), None)
