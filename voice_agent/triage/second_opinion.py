"""What to do when no rule knows the words, and their meaning is near an emergency.

The rules come first: what they raise stands. Where they are silent, an opinion by meaning (`second_opinion/`) can
make us ask one discriminating question or, when it is very sure, bring a nurse; that also where the rules would only
ask. It takes nothing away, lowers no level and never reassures.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Protocol

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.raised import Evidence, RedFlagRaised
from voice_agent.triage.red_flags import DiscriminatingQuestion, RedFlagScreen, Screening

CRISIS_FLAGS: Final = ("suicide", "harm_to_others", "violence")
"""Asked about gently, and never with a list of symptoms."""
GENERAL: Final = "emergency_unnamed"
"""The red flag whose question suits any emergency."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the words of one utterance mean, as probabilities, 0 to 1."""

    urgent: float
    """Of any emergency."""
    crisis: float
    """Of suicide, self-harm, harm to others or violence at home."""
    flag: str
    """The red flag that is nearest."""
    flag_sure: float
    """That it is this one, if it is an emergency."""
    crisis_flag: str
    """The nearest of CRISIS_FLAGS."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on we act. Chosen with the model that they belong to."""

    ask: float
    nurse: float
    ask_crisis: float
    nurse_crisis: float
    name: float
    """Of `flag_sure`, from which on the question is that flag's own."""
    words: int = 3
    """Shorter utterances are left to the rules."""

    def apply(self, text: str) -> bool:
        """Whether the meaning of `text` is to be judged at all."""
        return len(text.split()) >= self.words


class Judge(Protocol):
    """Who has opinions at once."""

    @property
    def thresholds(self) -> Thresholds: ...

    def opinion(self, text: str) -> Opinion: ...


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What comes of an opinion; at most one of the two."""

    raised: RedFlagRaised | None = None
    ask: DiscriminatingQuestion | None = field(default=None)


def second_opinion(
    screen: RedFlagScreen,
    opinion: Opinion,
    thresholds: Thresholds,
    said: Evidence,
    *,
    at_ms: int = 0,
    asked: Collection[str] = (),
) -> SecondOpinion:
    """What to do about what was `said`, of which the rules raise nothing. `asked`: questions that were put already."""
    evidence = (said,)
    if opinion.crisis >= thresholds.nurse_crisis:
        return SecondOpinion(raised=_nurse(screen, opinion.crisis_flag, evidence, at_ms))
    if opinion.crisis >= thresholds.ask_crisis:
        flags: tuple[str, ...] = (opinion.crisis_flag, "suicide")
    elif opinion.urgent >= thresholds.nurse:
        flag = opinion.flag if opinion.flag_sure >= thresholds.name else GENERAL
        return SecondOpinion(raised=_nurse(screen, flag, evidence, at_ms))
    elif opinion.urgent >= thresholds.ask:
        flags = (opinion.flag, GENERAL) if opinion.flag_sure >= thresholds.name else (GENERAL, opinion.flag)
    else:
        return SecondOpinion()
    return SecondOpinion(ask=screen.question_of(flags, evidence, asked))


def added(screen: RedFlagScreen, screening: Screening, text: str, judge: Judge | None) -> Screening:
    """The rules' `screening` of `text`, and the second opinion where they raise nothing."""
    if judge is None or screening.red_flag or not judge.thresholds.apply(text):
        return screening
    second = second_opinion(screen, judge.opinion(text), judge.thresholds, Evidence(text))
    if raised := second.raised:
        return Screening(True, raised, None, raised.care_level, screen.script(raised.flag, raised.care_level))
    return screening if screening.ask else Screening(ask=second.ask)


def _nurse(screen: RedFlagScreen, flag: str, evidence: tuple[Evidence, ...], at_ms: int) -> RedFlagRaised:
    """A nurse, not 911: nothing but a likeness speaks for it."""
    level = CareLevel.NURSE_NOW
    likeness = screen.raised(flag, level, evidence, at_ms)
    if screen.disposition(flag) is level:
        return likeness
    return screen.raised(GENERAL, level, evidence, at_ms, title=f"Possible {likeness.title.lower()}, by meaning alone")
