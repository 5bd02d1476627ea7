"""How a call without a nurse ends: the caller may be asked to rate it, then goodbye.

The question is put once, after something was done for the caller, and never where anything clinical came up: who spoke
of a symptom is not asked how she liked it. Silence, or a no, is goodbye; other words go on as if it had not been asked.
"""

from __future__ import annotations

from typing import Final

from voice_agent.call.commands import NextStep
from voice_agent.call.handoff import Disposition
from voice_agent.call.lines import Lines, Sentences
from voice_agent.call.safety import SafetyCheck
from voice_agent.call.stage import Question, Stage
from voice_agent.understanding.numbers import UNITS
from voice_agent.understanding.words import words
from voice_agent.understanding.yes_no import dont_know, yes_no

RATINGS: Final = {word: value for word, value in UNITS.items() if value <= 5}
_HEARD_FOR: Final = {"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1}
"""What a recogniser makes of a number that stands alone."""
_AROUND: Final = frozenset(
    {
        "a", "an", "about", "call", "choose", "definitely", "give", "go", "i", "is", "it", "maybe", "my", "number",
        "please", "press", "pressed", "probably", "rate", "rating", "s", "say", "solid", "thank", "thanks", "that",
        "the", "this", "uh", "um", "was", "will", "with", "would", "you", "i'd", "i'll", "it's", "that's",
    }
)  # fmt: skip
"""Words around a rating that change nothing."""
_SCALES: Final = (("out", "of", "five"), ("out", "of", "5"), ("of", "five"), ("stars",), ("star",), ("points",))
_SHORT: Final = 4
"""A no of more words may be about something else."""
_CLINICAL: Final = frozenset({"symptom", "triage"})
"""Names of facts that only a talk about symptoms establishes."""


class Ending:
    """The last words of one call."""

    def __init__(self, stage: Stage, safety: SafetyCheck, lines: Lines, *, ask_rating: bool) -> None:
        self._stage = stage
        self._safety = safety
        self._lines = lines
        self._first_question = stage.question
        self._question = Question(lines.rating_question, keypad={str(value): str(value) for value in RATINGS.values()})
        self._may_ask = ask_rating and bool(lines.rating_question)
        self._goodbye: Sentences = lines.goodbye

    def goodbye(self, sentences: Sentences) -> None:
        """The call is to end with `sentences`: ask first, where the caller is to be asked."""
        self._goodbye = sentences
        if not (self._may_ask and self._is_administrative()):
            self._farewell(sentences)
            return
        self._may_ask = False
        self._stage.interrupt()
        self._stage.ask(self._question)

    def answered(self, text: str) -> bool:
        """Take what the caller says, or pressed, to our question; False when it is nothing to it."""
        if not self._is_asked:
            return False
        rating = rating_in(text)
        if rating is None and not declined(text):
            self._stage.question = self._first_question
            return False
        if rating is not None:
            self._stage.notes.rated(rating)
        self._farewell((*self._lines.rating_thanks, *self._goodbye))
        return True

    def unanswered(self) -> bool:
        """The caller is silent: goodbye, when that was our question; whether it was."""
        if self._is_asked:
            self._farewell(self._goodbye)
            return True
        return False

    @property
    def _is_asked(self) -> bool:
        return self._stage.question is self._question

    def _is_administrative(self) -> bool:
        """Something was done for the caller, and nothing clinical came up."""
        known = self._stage.summary
        clinical = self._safety.came_up or known.care_level or _CLINICAL & known.learned.keys()
        return known.disposition is not None and not clinical

    def _farewell(self, sentences: Sentences) -> None:
        ending = self._stage.notes.outcome or Disposition.SELF_SERVED
        self._stage.farewell(sentences, NextStep.HANG_UP, ending)


def rating_in(text: str) -> int | None:
    """ "a five", "four out of five", "i'd say three", "2" → 1 to 5; None for anything else."""
    said = words(text)
    for scale in _SCALES:
        if len(said) > len(scale) and tuple(said[-len(scale) :]) == scale:
            said = said[: -len(scale)]
            break
    rest = [word for word in said if word not in _AROUND]
    if len(rest) != 1:
        return None
    word = rest[0]
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 5 else None
    return RATINGS.get(word) or _HEARD_FOR.get(word)


def declined(text: str) -> bool:
    """Whether the caller would rather not."""
    return len(text.split()) <= _SHORT and (yes_no(text) is False or dont_know(text))
