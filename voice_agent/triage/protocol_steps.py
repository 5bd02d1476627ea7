"""Answers in, next step out.

The most urgent rule that holds decides, and only questions that could still lead to something more urgent are asked.
"I don't know" where the answer decides is a doubt: the caller goes to a nurse, now if the rule in doubt is that
urgent, else within the hour, and never to routine. Nothing that matches no rule ends without a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocol_content import UNKNOWN, Protocol, Question, Rule, meets


@dataclass(frozen=True, slots=True)
class Ask:
    """Put this question next."""

    question: Question


@dataclass(frozen=True, slots=True)
class Conclude:
    """The protocol has decided."""

    care_level: CareLevel
    reason: str
    advice: tuple[str, ...]
    source: str
    rule: str
    """Id of the rule that decided, `doubt` or `default`."""


Step = Ask | Conclude


def next_step(protocol: Protocol, answers: Mapping[str, str]) -> Step:
    """Ask, or conclude as soon as the care level is decided. `answers`: question id → answer (`interpret`)."""
    decided = next((rule for rule in protocol.rules if _state(rule, answers) is _State.HOLDS), None)
    doubted = next((rule for rule in protocol.rules if _state(rule, answers) is _State.DOUBTFUL), None)
    conclusion = _conclusion(protocol, decided, doubted)
    for rule in protocol.rules:
        if rule.care_level.rank < conclusion.care_level.rank and _state(rule, answers) is _State.OPEN:
            return Ask(next(q for q in protocol.questions if q.id in rule.when and q.id not in answers))
    if not decided and not doubted and (missing := _needed(protocol, answers)):
        return Ask(missing)
    if conclusion.care_level.rank > CareLevel.NURSE_NOW.rank and (free := _open_words(protocol, answers)):
        return Ask(free)
    return conclusion


class _State(Enum):
    """What the answers so far make of a rule."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"
    """An answer is missing."""
    DOUBTFUL = "doubtful"
    """Everything else holds, and the caller does not know the rest."""


def _state(rule: Rule, answers: Mapping[str, str]) -> _State:
    unknown = missing = False
    for question, condition in rule.when.items():
        answer = answers.get(question)
        if answer is None:
            missing = True
        elif answer == UNKNOWN and not meets(UNKNOWN, condition):
            unknown = True
        elif not meets(answer, condition):
            return _State.FAILS
    if missing:
        return _State.OPEN
    return _State.DOUBTFUL if unknown else _State.HOLDS


def _conclusion(protocol: Protocol, decided: Rule | None, doubted: Rule | None) -> Conclude:
    """The more urgent of the rule that holds and the nurse that a doubt asks for."""
    if doubted:
        urgent = doubted.care_level.rank <= CareLevel.NURSE_NOW.rank
        level = CareLevel.NURSE_NOW if urgent else CareLevel.NURSE_WITHIN_HOUR
        if decided is None or level.rank < decided.care_level.rank:
            return Conclude(level, f"Caller does not know: {doubted.reason}", (), protocol.source, "doubt")
    if decided is None:
        return Conclude(CareLevel.NURSE_NOW, "The answers fit no rule of the protocol.", (), protocol.source, "default")
    return Conclude(decided.care_level, decided.reason, decided.advice, protocol.source, decided.id)


def _needed(protocol: Protocol, answers: Mapping[str, str]) -> Question | None:
    """The first question that a rule still waits for."""
    waited = {name for rule in protocol.rules if _state(rule, answers) is _State.OPEN for name in rule.when}
    return next((q for q in protocol.questions if q.id in waited and q.id not in answers), None)


def _open_words(protocol: Protocol, answers: Mapping[str, str]) -> Question | None:
    return next((q for q in protocol.questions if q.kind == "open" and q.id not in answers), None)
