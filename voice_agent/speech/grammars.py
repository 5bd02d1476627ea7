"""Which words are listened for after a closed question.

A grammar holds the answers to the question, and phrases that must be understood whatever was asked. It is trusted only
with an answer: speech outside a grammar snaps to words inside it, at full confidence, and `[unk]` catches little of
that, so anything else that it hears means "hear this again with all words". docs/recognition.md has the figures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from voice_agent.call.replies import Listen
from voice_agent.speech import closed_answers
from voice_agent.speech.decoder import UNKNOWN

ANSWERS: Final[Mapping[Listen, Sequence[str]]] = {
    Listen.YES_NO: closed_answers.YES_NO,
}
"""The kinds of answers that are heard better with a grammar, while nothing else is heard worse."""
ANSWER_WEIGHT: Final = 20
"""How much likelier each answer is than each of the other phrases. Less gains less; with 60, other speech becomes
answers."""
_WORD: Final = re.compile(r"[a-z']+")


class Said(Protocol):
    """A recognised word."""

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Grammar:
    """What is listened for after one kind of question."""

    text: str = field(repr=False)
    """As Vosk takes it: a JSON list of phrases, more often those that are likelier."""
    answers: frozenset[tuple[str, ...]] = field(repr=False)
    """The phrases that are answers."""
    beginnings: frozenset[tuple[str, ...]] = field(repr=False)
    """Their first words."""

    def is_answer(self, words: Sequence[Said]) -> bool:
        """Whether it is an answer, or a first word and an answer, and nothing else."""
        return bool(words) and self._is_made_of(tuple(word.text for word in words), self.answers)

    def may_become_answer(self, words: Sequence[str]) -> bool:
        """Whether it is one when more words come, or already."""
        return not words or self._is_made_of(tuple(words), self.beginnings)

    def _is_made_of(self, words: tuple[str, ...], last: Collection[tuple[str, ...]]) -> bool:
        """Whether it is one of `last`, maybe after a first word."""
        return words in last or (words[0] in closed_answers.FIRST_WORDS and words[1:] in last)


def built(vocabulary: Collection[str], always: Iterable[str]) -> dict[Listen, Grammar]:
    """The grammars, of words in the `vocabulary` only: Vosk warns about each other word. `always`: phrases in each."""
    others = list(dict.fromkeys(run for phrase in always for run in _known_runs(phrase, vocabulary)))
    return {
        listen: _grammar([phrase for phrase in answers if _is_known(phrase, vocabulary)], others)
        for listen, answers in ANSWERS.items()
    }


def _grammar(answers: Sequence[str], others: Sequence[str]) -> Grammar:
    said = [tuple(answer.split()) for answer in answers]
    return Grammar(
        text=json.dumps([*list(answers) * ANSWER_WEIGHT, *others, UNKNOWN]),
        answers=frozenset(said),
        beginnings=frozenset(answer[:count] for answer in said for count in range(1, len(answer) + 1)),
    )


def _is_known(phrase: str, vocabulary: Collection[str]) -> bool:
    return all(word in vocabulary for word in phrase.split())


def _known_runs(phrase: str, vocabulary: Collection[str]) -> Iterator[str]:
    """The phrase; when it has unknown words, the pieces between them."""
    run: list[str] = []
    for word in _WORD.findall(phrase.lower()):
        if word in vocabulary:
            run.append(word)
            continue
        if run:
            yield " ".join(run)
        run = []
    if run:
        yield " ".join(run)
