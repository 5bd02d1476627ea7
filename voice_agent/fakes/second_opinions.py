"""A stand-in for the second opinion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voice_agent.triage.second_opinion import Opinion, Thresholds

HARMLESS: Final = Opinion(urgent=0.01, crisis=0.01, flag="stroke", flag_sure=0.1, crisis_flag="suicide")


class FakeSecondOpinions:
    """Answers at once, in the caller's own thread, with what it was given for these words."""

    def __init__(self, opinions: Mapping[str, Opinion] | None = None, *, problem: str | None = None) -> None:
        """`opinions`: by text; other words are harmless. `problem`: why nothing can be judged."""
        self._opinions = dict(opinions or {})
        self.problem = problem
        self.asked: list[str] = []
        """What was to be judged, in order."""
        self.thresholds = Thresholds(ask=0.5, nurse=0.95, ask_crisis=0.5, nurse_crisis=0.95, name=0.7)

    def judge(self, text: str, tell: Callable[[Opinion], None]) -> None:
        """Tell what it was given for `text`; nothing with a problem."""
        self.asked.append(text)
        if self.problem is None:
            tell(self._opinions.get(text, HARMLESS))

    def check(self) -> str | None:
        """The problem, if there is one."""
        return self.problem

    def close(self) -> None:
        """Judge no more."""
        self.problem = "The second opinion was closed."
