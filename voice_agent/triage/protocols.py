"""Symptom protocols, from the caller's words.

What a protocol is stands in `protocol_content`, how it proceeds in `protocol_steps`, what can be wrong with it in
`protocol_check`; this is the door to all four.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voice_agent.triage.phrases import best_fit, denied, fits
from voice_agent.triage.protocol_check import problems
from voice_agent.triage.protocol_content import UNKNOWN, Condition, Protocol, Question, Rule
from voice_agent.triage.protocol_steps import Ask, Conclude, Step, next_step
from voice_agent.understanding.measures import age_days, duration_days, temperature_f
from voice_agent.understanding.numbers import number
from voice_agent.understanding.words import expanded
from voice_agent.understanding.yes_no import dont_know, yes_no

__all__ = [
    "UNKNOWN", "Ask", "Conclude", "Condition", "Protocol", "Question", "Rule", "Step", "interpret", "next_step",
    "prefill", "problems", "protocol_for",
]  # fmt: skip


def protocol_for(text: str, protocols: Sequence[Protocol]) -> Protocol | None:
    """The protocol whose phrases fit the caller's words best; None when none fits.

    The phrase with more words wins ("baby fever" over "fever"); of two as long, what was said first.
    """
    heard = expanded(text)
    found: list[tuple[int, int, Protocol]] = []
    for protocol in protocols:
        phrase = best_fit([phrase for phrase in protocol.applies_to if not denied(phrase, heard)], heard)
        if phrase is not None:
            found.append((-len(phrase.split()), fits(phrase, heard) or 0, protocol))
    return min(found, key=lambda fit: fit[:2])[2] if found else None


def interpret(question: Question, text: str) -> str | None:
    """The caller's words as an answer: "yes", "no", `UNKNOWN`, a number, a choice, open words; None: not understood."""
    if not text.strip():
        return None
    if question.kind == "open":
        return text.strip()
    if question.kind == "yes_no":
        said = yes_no(text)
        if said is not None:
            return "yes" if said else "no"
    elif question.kind == "number":
        if (amount := _amount(question, text)) is not None:
            return amount
    elif choice := _choice(question.choices, text):
        return choice
    if dont_know(text):
        return UNKNOWN
    return _volunteered(question, text)


def _choice(choices: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    """The choice whose phrase fits best; None when none does, or two fit equally well."""
    heard = expanded(text)
    sizes = {
        value: len(phrase.split())
        for value, phrases in choices.items()
        if (phrase := best_fit([p for p in phrases if not denied(p, heard)], heard))
    }
    best = [value for value, size in sizes.items() if size == max(sizes.values())]
    return best[0] if len(best) == 1 else None


def _amount(question: Question, text: str) -> str | None:
    readers = {"age_days": age_days, "days": duration_days, "degrees_f": temperature_f, None: number}
    value = readers[question.unit](text)
    if value is None and question.unit == "days":
        # "For how many days?" "Two."
        value = number(text)
    return None if value is None else f"{value:g}"


def _volunteered(question: Question, text: str) -> str | None:
    """An answer that the caller's free words give by the question's `said` phrases."""
    heard = expanded(text)
    for answer, phrases in question.said.items():
        there = [phrase for phrase in phrases if fits(phrase, heard) is not None]
        if any(not denied(phrase, heard) for phrase in there):
            return answer
    if question.kind == "yes_no" and any(denied(phrase, heard) for phrase in question.denied):
        return "no"
    return None


def prefill(protocol: Protocol, text: str) -> dict[str, str]:
    """Answers that the caller's own words already give, so that they are never asked again."""
    found: dict[str, str] = {}
    for question in protocol.questions:
        answer = _volunteered(question, text)
        if answer is None and question.kind == "number" and _names_the_unit(question, text):
            answer = _amount(question, text)
        if answer is not None:
            found[question.id] = answer
    return found


def _names_the_unit(question: Question, text: str) -> bool:
    """Whether a number in free words is plainly this question's: "eight weeks old", "a fever of …"."""
    heard = set(expanded(text))
    match question.unit:
        case "age_days":
            return bool({"old", "newborn"} & heard)
        case "degrees_f":
            return bool({"fever", "temperature", "temp", "degrees"} & heard)
        case "days":
            return bool({"for", "since", "past", "ago"} & heard) and "old" not in heard
    return False
