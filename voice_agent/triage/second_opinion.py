"""What to do when the rules know the words and their meaning says otherwise.

Where the rules are silent, an opinion by meaning (`second_opinion/`) can make us ask one discriminating question or,
when it is very sure, bring a nurse; that also where the rules would only ask. Where the rules raise a red flag and the
meaning is far from any emergency, one question decides: anything but a no raises the flag, at its own level. A question
that hangs on a weak word alone ("wrong", "help") is not put when the meaning is far from danger. It lowers no level and
never reassures.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
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
    doubt: float = 0.0
    """Below it, words that raise a red flag by the rules are asked about first."""
    doubt_crisis: float = 0.0
    """Below it, by `Opinion.crisis`, a crisis that the rules raise is asked about, unless `ask` is reached."""
    calm: float = 0.0
    """Below it, a weak question is not put."""
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


def doubted(
    screen: RedFlagScreen,
    raised: RedFlagRaised,
    opinion: Opinion,
    thresholds: Thresholds,
    asked: Collection[str] = (),
) -> DiscriminatingQuestion | None:
    """The question that decides about a red flag of which the meaning says that it is none; None: it stands.

    It stands as well when all that could be asked was `asked` already.
    """
    if raised.flag in CRISIS_FLAGS:
        far = opinion.crisis < thresholds.doubt_crisis and opinion.urgent < thresholds.ask
    else:
        far = _nearest(opinion) < thresholds.doubt
    if not far:
        return None
    question = screen.question_of((raised.flag, GENERAL), raised.evidence, asked)
    return replace(question, care_level=raised.care_level) if question else None


def needless(question: DiscriminatingQuestion, opinion: Opinion, thresholds: Thresholds) -> bool:
    """Whether nothing but a weak word speaks for `question`, and the meaning speaks against it."""
    return question.weak and _nearest(opinion) < thresholds.calm


def added(screen: RedFlagScreen, screening: Screening, text: str, judge: Judge | None) -> Screening:
    """The rules' `screening` of `text`, and what the second opinion makes of it."""
    if judge is None or not judge.thresholds.apply(text) or (screening.raised and not judge.thresholds.doubt):
        return screening
    opinion, thresholds = judge.opinion(text), judge.thresholds
    if screening.raised:
        question = doubted(screen, screening.raised, opinion, thresholds)
        return Screening(ask=question) if question else screening
    second = second_opinion(screen, opinion, thresholds, Evidence(text))
    if raised := second.raised:
        return Screening(True, raised, None, raised.care_level, screen.script(raised.flag, raised.care_level))
    if screening.ask and not needless(screening.ask, opinion, thresholds):
        return screening
    return Screening(ask=second.ask)


def _nearest(opinion: Opinion) -> float:
    """To any emergency."""
    return max(opinion.urgent, opinion.crisis)


def _nurse(screen: RedFlagScreen, flag: str, evidence: tuple[Evidence, ...], at_ms: int) -> RedFlagRaised:
    """A nurse, not 911: nothing but a likeness speaks for it."""
    level = CareLevel.NURSE_NOW
    likeness = screen.raised(flag, level, evidence, at_ms)
    if screen.disposition(flag) is level:
        return likeness
    return screen.raised(GENERAL, level, evidence, at_ms, title=f"Possible {likeness.title.lower()}, by meaning alone")
