"""What is wrong with protocols, found by walking every path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocol_content import COMPARISON, UNKNOWN, Condition, Protocol, Question
from voice_agent.triage.protocol_steps import Ask, next_step

MOST_QUESTIONS: Final = 6
_PLACEHOLDER_ANSWER: Final = "some words"


def problems(protocols: Sequence[Protocol]) -> list[str]:
    """What is wrong with the content, one sentence each, so that no path lacks an end, nor an unclear one a person."""
    found: list[str] = []
    for name, count in Counter(protocol.id for protocol in protocols).items():
        if count > 1:
            found.append(f"{name}: {count} protocols have this id; ids must differ")
    for protocol in protocols:
        wrong = [*_form(protocol), *_rule_form(protocol)]
        # Paths can be walked only where every rule speaks of questions that exist.
        found += [f"{protocol.id}: {problem}" for problem in (wrong or _walked(protocol))]
    return found


def _form(protocol: Protocol) -> Iterator[str]:
    if not protocol.applies_to:
        yield "applies_to is empty, so no caller ever gets here"
    if not protocol.source.strip():
        yield "source is empty: name the public authority"
    if not 1 <= len(protocol.questions) <= MOST_QUESTIONS:
        yield f"has {len(protocol.questions)} questions; 1 to {MOST_QUESTIONS} are allowed"
    for name, count in Counter(question.id for question in protocol.questions).items():
        if count > 1:
            yield f"question {name!r} stands {count} times"
    for question in protocol.questions:
        yield from _question_form(question)


def _question_form(question: Question) -> Iterator[str]:
    allowed = {"yes_no": {"yes", "no", UNKNOWN}, "choice": {*question.choices, UNKNOWN}}.get(question.kind)
    if question.kind == "choice" and len(question.choices) < 2:
        yield f"question {question.id!r} is a choice of fewer than two"
    if question.kind != "choice" and question.choices:
        yield f"question {question.id!r} has choices but is of kind {question.kind}"
    if question.unit and question.kind != "number":
        yield f"question {question.id!r} has a unit but is of kind {question.kind}"
    if not question.ask.strip().endswith("?") or question.ask.strip() == question.reprompt.strip():
        yield f"question {question.id!r} must ask with a question mark, and its reprompt must use other words"
    for answer in (*question.said, *question.keypad.values()):
        if allowed is not None and answer not in allowed:
            yield f"question {question.id!r} cannot be answered {answer!r}; known are {', '.join(sorted(allowed))}"
    if question.denied and question.kind != "yes_no":
        yield f"question {question.id!r} has phrases to deny but is of kind {question.kind}"
    if question.kind == "number" and not all(_is_number(answer) for answer in question.keypad.values()):
        yield f"question {question.id!r} must give a number for every key"
    for digit in question.keypad:
        if digit not in set("0123456789"):
            yield f"question {question.id!r}: {digit!r} is no key; write '0' to '9'"


def _is_number(answer: str) -> bool:
    return answer.replace(".", "", 1).isdigit() or answer == UNKNOWN


def _rule_form(protocol: Protocol) -> Iterator[str]:
    questions = {question.id: question for question in protocol.questions}
    if not protocol.rules:
        yield "has no rules"
    for name, count in Counter(rule.id for rule in protocol.rules).items():
        if count > 1 or name in {"doubt", "default"}:
            yield f"rule id {name!r} is used twice or reserved"
    for before, rule in zip(protocol.rules, protocol.rules[1:], strict=False):
        if rule.care_level.rank < before.care_level.rank:
            yield f"rule {rule.id!r} is more urgent than {before.id!r} above it; put the most urgent first"
    for rule in protocol.rules:
        if rule.care_level is CareLevel.SELF_CARE and not any("911" in sentence for sentence in rule.advice):
            yield f"rule {rule.id!r} gives self-care without a safety net that names 911"
        for name, condition in rule.when.items():
            if name not in questions:
                yield f"rule {rule.id!r} asks for {name!r}, which is no question"
            elif complaint := _condition_form(questions[name], condition):
                yield f"rule {rule.id!r}: {complaint}"


def _condition_form(question: Question, condition: Condition) -> str | None:
    if isinstance(condition, tuple):
        return next((wrong for choice in condition if (wrong := _condition_form(question, choice))), None)
    said = {True: "yes", False: "no"}[condition] if isinstance(condition, bool) else condition
    compares = COMPARISON.fullmatch(said) is not None
    match question.kind:
        case "open":
            return f"{question.id!r} is an open question, which cannot decide"
        case "number" if not compares and said != UNKNOWN:
            return f"{question.id!r} is a number: write a comparison such as '>= 103', not {said!r}"
        case "yes_no" if said not in {"yes", "no", UNKNOWN}:
            return f"{question.id!r} is answered yes, no or unknown, not {said!r}"
        case "choice" if said not in {*question.choices, UNKNOWN}:
            return f"{question.id!r} has no choice {said!r}; it has {', '.join(question.choices)}"
    return None


def _walked(protocol: Protocol) -> Iterator[str]:
    """Follow every path that a caller can take."""
    reached: set[str] = set()
    asked: set[str] = set()
    unsafe: set[str] = set()
    paths: list[dict[str, str]] = [{}]
    while paths:
        answers = paths.pop()
        step = next_step(protocol, answers)
        if isinstance(step, Ask):
            asked.add(step.question.id)
            paths += [{**answers, step.question.id: answer} for answer in _answers(step.question, protocol)]
            continue
        reached.add(step.rule)
        if UNKNOWN in answers.values() and step.care_level.rank > CareLevel.NURSE_WITHIN_HOUR.rank:
            unsafe.update(name for name, answer in answers.items() if answer == UNKNOWN)
    for rule in protocol.rules:
        if rule.id not in reached:
            yield f"rule {rule.id!r} can never decide; a rule above it takes all its callers"
    for question in protocol.questions:
        if question.id not in asked:
            yield f"question {question.id!r} is never asked; no rule needs it"
    for name in sorted(unsafe):
        yield f"'I don't know' to {name!r} can end without a person; drop unknown from the rule that allows it"


def _answers(question: Question, protocol: Protocol) -> list[str]:
    """Every answer that makes a difference: for numbers, one below, at and above each bound."""
    match question.kind:
        case "yes_no":
            return ["yes", "no", UNKNOWN]
        case "choice":
            return [*question.choices, UNKNOWN]
        case "open":
            return [_PLACEHOLDER_ANSWER]
    bounds = {bound for rule in protocol.rules for bound in _bounds(rule.when.get(question.id, ()))}
    return [f"{value:g}" for bound in sorted(bounds) for value in (bound - 0.1, bound, bound + 0.1)] + [UNKNOWN]


def _bounds(condition: Condition) -> list[float]:
    if isinstance(condition, tuple):
        return [bound for choice in condition for bound in _bounds(choice)]
    found = COMPARISON.fullmatch(condition) if isinstance(condition, str) else None
    return [float(found[2])] if found else []
