"""What callers say: scripts.yaml, read and checked."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from voice_agent import strict_yaml
from voice_agent.errors import ContentError
from voice_agent.strict_yaml import STRICT

SCRIPTS: Final = Path(__file__).with_name("scripts.yaml")
PAUSE: Final = "..."
Ending = Literal["hung_up", "nurse"]


class Asked(StrEnum):
    """Kinds of questions, as the figures are grouped."""

    YES_NO = "yes_no"
    DATE = "date"
    TIME = "time"
    NAME = "name"
    DIGITS = "digits"
    OPEN = "open"
    OTHER = "other"
    """Nothing that one answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to answer when the agent's words match."""

    __pydantic_config__ = STRICT

    hears: str
    """A regular expression on a transcript: lower case, no punctuation."""
    kind: Asked
    says: tuple[str, ...] = ()
    """One is drawn for each call; none: the caller waits."""
    opening: bool = False
    """The answer is why they call: the goal's own words."""
    flags: bool = False
    """The answer is a red flag."""

    def __post_init__(self) -> None:
        try:
            re.compile(self.hears)
        except re.error as error:
            raise ValueError(f"{self.hears!r} is no regular expression: {error}") from error

    def fits(self, heard: str) -> bool:
        """Whether this is what was asked."""
        return re.search(self.hears, heard) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Why somebody calls."""

    __pydantic_config__ = STRICT

    name: str
    weight: int
    opens: tuple[str, ...]
    flags: bool = False
    """The opening words are a red flag."""
    answers: tuple[Question, ...] = ()
    """Tried before everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Said over a prompt, and meant."""

    __pydantic_config__ = STRICT

    says: str
    ends: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How often it happens, 0 to 1."""

    __pydantic_config__ = STRICT

    interrupted_greeting: float
    backchannel_over_greeting: float
    noise_over_greeting: float
    interrupted_prompt: float
    noise_over_prompt: float
    loud_room: float
    echo: float
    bursts: float
    gap: float
    final_tone: float
    """Callers before whose pauses the words sound finished; the others' sound as if more came."""


@dataclass(frozen=True, kw_only=True)
class Script:
    """The whole file."""

    __pydantic_config__ = STRICT

    voices: tuple[str, ...]
    paces: tuple[float, ...]
    questions: tuple[Question, ...]
    goals: tuple[Goal, ...]
    interruptions: tuple[Interruption, ...]
    backchannels: tuple[str, ...]
    noises: tuple[str, ...]
    shares: Shares
    otherwise: str
    nudge: str

    @cached_property
    def lines(self) -> frozenset[str]:
        """Everything that may be said, pauses included."""
        questions = [*self.questions, *(question for goal in self.goals for question in goal.answers)]
        said = [line for question in questions for line in question.says]
        said += [line for goal in self.goals for line in goal.opens]
        said += [interruption.says for interruption in self.interruptions]
        return frozenset([*said, *self.backchannels, self.otherwise, self.nudge])


def load(path: Path = SCRIPTS) -> Script:
    """Raises ContentError that names file, line and key."""
    return strict_yaml.read(path, Script)


def only(script: Script, goals: Collection[str]) -> Script:
    """Callers with these goals alone; all of them for none. Raises ContentError for a goal that there is not."""
    known = [goal.name for goal in script.goals]
    if unknown := sorted(set(goals) - set(known)):
        raise ContentError(f"Nobody calls for {', '.join(unknown)}; goals are {', '.join(known)}.", file=SCRIPTS.name)
    return replace(script, goals=tuple(goal for goal in script.goals if goal.name in goals)) if goals else script
