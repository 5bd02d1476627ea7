"""Every path that a caller can take through a protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocol_content import COMPARISON, UNKNOWN, Condition, Protocol, Question
from voice_agent.triage.protocol_steps import Ask, Conclude, next_step

MOST_ASKED: Final = 6
_SOME_WORDS: Final = "some words"


@dataclass(frozen=True, slots=True)
class Path:
    """One way through: what was asked and answered, in order, and where it ended."""

    answers: Mapping[str, str]
    end: Conclude


def paths(protocol: Protocol) -> Iterator[Path]:
    """Every path, for every answer that can make a difference; the rules may speak only of questions that exist."""
    ahead: list[dict[str, str]] = [{}]
    while ahead:
        answers = ahead.pop()
        step = next_step(protocol, answers)
        if isinstance(step, Ask):
            ahead += [{**answers, step.question.id: answer} for answer in answers_to(step.question, protocol)]
        else:
            yield Path(answers, step)


def answers_to(question: Question, protocol: Protocol) -> list[str]:
    """Every answer that makes a difference: for numbers, one below, at and above each bound."""
    match question.kind:
        case "yes_no":
            return ["yes", "no", UNKNOWN]
        case "choice":
            return [*question.choices, UNKNOWN]
        case "open":
            return [_SOME_WORDS]
    bounds = {bound for rule in protocol.rules for bound in _bounds(rule.when.get(question.id, ()))}
    return [f"{value:g}" for bound in sorted(bounds) for value in (bound - 0.1, bound, bound + 0.1)] + [UNKNOWN]


def problems_of_paths(protocol: Protocol) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(where, what): rules that never decide, questions never asked, too many of them, doubts without a person."""
    reached: set[str] = set()
    asked: set[str] = set()
    unsafe: set[str] = set()
    longest: Mapping[str, str] = {}
    for path in paths(protocol):
        reached.add(path.end.rule)
        asked.update(path.answers)
        longest = max(longest, path.answers, key=len)
        if UNKNOWN in path.answers.values() and path.end.care_level.rank > CareLevel.NURSE_WITHIN_HOUR.rank:
            unsafe.update(name for name, answer in path.answers.items() if answer == UNKNOWN)
    for place, rule in enumerate(protocol.rules):
        if rule.id not in reached:
            yield ("rules", place), f"rule {rule.id!r} can never decide; a rule above it takes all its callers"
    for place, question in enumerate(protocol.questions):
        if question.id not in asked:
            yield ("questions", place), f"question {question.id!r} is never asked; no rule needs it"
        if question.id in unsafe:
            text = (
                f"'I don't know' to {question.id!r} can end without a person; drop unknown from the rule that allows it"
            )
            yield ("questions", place), text
    if len(longest) > MOST_ASKED:
        told = ", ".join(f"{name} {answer}" for name, answer in longest.items())
        yield ("questions",), f"asks {len(longest)} questions of one caller ({told}); {MOST_ASKED} are allowed"


def _bounds(condition: Condition) -> list[float]:
    if isinstance(condition, tuple):
        return [bound for choice in condition for bound in _bounds(choice)]
    found = COMPARISON.fullmatch(condition) if isinstance(condition, str) else None
    return [float(found[2])] if found else []
