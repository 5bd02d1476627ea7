"""Symptom protocols, from the caller's words.

What a protocol is stands in `protocol_content`, how it proceeds in `protocol_steps`, what can be wrong with it in
`protocol_check`; this is the door to all four.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from voice_agent.triage.phrases import asserted, best_fit, denied, without
from voice_agent.triage.protocol_answers import said_yes
from voice_agent.triage.protocol_check import ProtocolProblem, problems
from voice_agent.triage.protocol_choice import fallback_of, protocol_for
from voice_agent.triage.protocol_content import UNKNOWN, Condition, Protocol, Question, Rule
from voice_agent.triage.protocol_steps import Ask, Conclude, Step, next_step
from voice_agent.understanding.measures import age_days, temperature_f
from voice_agent.understanding.numbers import number
from voice_agent.understanding.stated import lasting_days, stated_age_days, stated_days
from voice_agent.understanding.words import expanded
from voice_agent.understanding.yes_no import dont_know

__all__ = [
    "UNKNOWN", "Ask", "Conclude", "Condition", "Protocol", "ProtocolProblem", "Question", "Rule", "Step",
    "denied_before", "fallback_of", "interpret", "next_step", "prefill", "problems", "protocol_for", "wording",
]  # fmt: skip


def interpret(question: Question, text: str, today: date | None = None) -> str | None:
    """The caller's words as an answer: "yes", "no", `UNKNOWN`, a number, a choice, open words; None: not understood.

    `today` is what "since monday" counts from; without it weekdays are not understood.
    """
    if not text.strip():
        return None
    if question.kind == "open":
        return text.strip()
    if question.kind == "yes_no":
        said = said_yes(text, question.said.get("yes", ()))
        if said is not None:
            return "yes" if said else "no"
    elif question.kind == "number":
        if (amount := _amount(question, text, today)) is not None:
            return amount
    elif choice := _choice(question.choices, text):
        return choice
    if not dont_know(text):
        return _volunteered(question, text)
    # "I don't know if my neck is stiff" tells nothing; "I don't know, it is kind of stiff" does.
    return UNKNOWN if {"if", "whether"} & set(expanded(text)) else _volunteered(question, text) or UNKNOWN


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


def _amount(question: Question, text: str, today: date | None) -> str | None:
    value: float | None
    match question.unit:
        case "age_days":
            value = age_days(text)
        case "days":
            # "For how many days?" "Two."
            value = lasting_days(text, today)
            value = number(text) if value is None else value
        case "degrees_f":
            value = temperature_f(text)
        case _:
            value = number(text)
    return None if value is None else f"{value:g}"


def _volunteered(question: Question, text: str) -> str | None:
    """An answer that the caller's free words give by the question's `said` phrases."""
    heard = expanded(text)
    for answer, phrases in question.said.items():
        if any(asserted(phrase, heard) for phrase in phrases):
            return answer
    if _is_of_age(question, text):
        return "yes"
    if question.kind == "yes_no" and any(denied(phrase, heard) for phrase in question.denied):
        return "no"
    return None


def _is_of_age(question: Question, text: str) -> bool:
    """Whether the words state an age that answers the question: "i'm seventy two" to "over 65, or …"."""
    days = stated_age_days(text)
    if days is None:
        return False
    years = days / 365.25
    older, younger = question.older_than, question.younger_than
    return (older is not None and years > older) or (younger is not None and years < younger)


def prefill(protocol: Protocol, text: str, today: date | None = None) -> dict[str, str]:
    """Answers that the caller's own words already give, so that they are never asked again."""
    found: dict[str, str] = {}
    text = " ".join(without(protocol.unless, expanded(text)))
    for question in protocol.questions:
        answer = _volunteered(question, text)
        if answer is None and question.kind == "number":
            answer = _stated(question, text, today)
        if answer is not None:
            found[question.id] = answer
    return found


def denied_before(protocol: Protocol, denied: Collection[str]) -> dict[str, str]:
    """The answers that red-flag questions gave which were `denied` (their ids): asked once, never asked again."""
    return {
        question.id: "no"
        for question in protocol.questions
        if any(name in denied and rest is None for name, rest in question.screened.items())
    }


def wording(question: Question, denied: Collection[str]) -> str:
    """How a question is put: without the dangers that a red-flag question named already and that were `denied`."""
    rests = [rest for name, rest in question.screened.items() if name in denied and rest]
    # What two of them leave together stands nowhere: then the whole question is asked.
    return rests[0] if len(rests) == 1 else question.ask


def _stated(question: Question, text: str, today: date | None) -> str | None:
    """A number in free words that is plainly this question's: "eight weeks old", "a fever of …", "since monday"."""
    value: float | None = None
    match question.unit:
        case "age_days":
            value = stated_age_days(text)
        case "days":
            value = stated_days(text, today)
        case "degrees_f" if {"fever", "temperature", "temp", "degrees"} & set(expanded(text)):
            value = temperature_f(text)
        case _:
            pass
    return None if value is None else f"{value:g}"
