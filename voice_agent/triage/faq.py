"""Approved answers to common questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

from voice_agent.errors import ContentError

REVIEW_DAYS: Final = 365
"""After how long an answer is to be looked at again."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class FaqAnswer:
    """One answer, as in dialogs/faq/<id>.yaml (`strict_yaml.read(path, FaqAnswer)`)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: str
    sentences: tuple[str, ...]
    """What is said; {clinic_name}, {address}, {hours} … are filled from the clinic's settings."""
    source: str
    """Who vouches for the wording."""
    reviewed: date
    approved_by: str | None
    """None until somebody of the clinic signs."""


def filled(answer: FaqAnswer, facts: Mapping[str, str]) -> tuple[str, ...]:
    """The sentences with every placeholder filled; a missing fact is a `ContentError` that names it."""

    def fact(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in facts:
            raise ContentError(
                f"{{{placeholder[1]}}} is no fact of the clinic; known are {', '.join(sorted(facts))}",
                file=f"faq/{answer.id}.yaml",
                key="sentences",
            )
        return facts[placeholder[1]]

    return tuple(_PLACEHOLDER.sub(fact, sentence) for sentence in answer.sentences)


def problems(answers: Sequence[FaqAnswer], facts: Collection[str], today: date) -> list[str]:
    """What is wrong with the content, one sentence each; `facts` are the names that may be filled in."""
    found = [
        f"{name}: {count} answers have this id; ids must differ"
        for name, count in Counter(answer.id for answer in answers).items()
        if count > 1
    ]
    for answer in answers:
        found += [f"{answer.id}: {problem}" for problem in _problems(answer, facts, today)]
    return found


def _problems(answer: FaqAnswer, facts: Collection[str], today: date) -> list[str]:
    found = []
    if not answer.sentences or not all(sentence.strip() for sentence in answer.sentences):
        found.append("has an empty sentence, or none")
    if not answer.source.strip():
        found.append("source is empty: name who vouches for the wording")
    for name in sorted({name for sentence in answer.sentences for name in _PLACEHOLDER.findall(sentence)}):
        if name not in facts:
            found.append(f"{{{name}}} is no fact of the clinic; known are {', '.join(sorted(facts))}")
    if answer.reviewed > today:
        found.append(f"reviewed {answer.reviewed} lies in the future")
    elif (today - answer.reviewed).days > REVIEW_DAYS:
        found.append(f"was reviewed on {answer.reviewed}, over {REVIEW_DAYS} days ago; review it again")
    return found
