"""Word lists and sentence templates -> sentences.

The data are files, so that new words need no programming: `words/*.txt` lists words, `sentences/*.txt` has templates
(their syntax is on top of sentences/utterances.txt). Every file of `words` is a slot of its own name, and so every
word that stands anywhere in the data is in the vocabulary.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from vosk_builder.paths import PRONUNCIATIONS, SENTENCES, WORDS, data_lines

LANGUAGE = "language"
"""The slot from which the text of the language model is drawn."""

SPOKEN = "spoken"
"""The slot from which the synthetic callers read."""

UTTERANCE = "utterance"
"""The slot of what is said in a call."""

_VERB_FORMS = ("base", "third", "past", "done", "ing")


class TemplateError(Exception):
    """A template that cannot be read."""


@dataclass(frozen=True)
class Word:
    """Words as they stand."""

    text: str


@dataclass(frozen=True)
class Slot:
    """A place for another choice."""

    name: str


@dataclass(frozen=True)
class Sequence:
    """Parts, one after the other."""

    parts: tuple["Part", ...]


@dataclass(frozen=True)
class Choice:
    """One of several ways, some likelier than others."""

    ways: tuple["Part", ...]
    cumulative_weights: tuple[int, ...]


Part = Word | Slot | Sequence | Choice

_TOKEN = re.compile(r"\s*(\{[\w:-]+\}|\d+ \*|[()|]|[^\s(){}|*]+)")


class _Reader:
    """Reads one line of templates by recursive descent."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.tokens = _TOKEN.findall(line)
        if "".join(self.tokens).replace(" ", "") != line.replace(" ", ""):
            raise TemplateError(f"cannot read {line!r}")

    def choice(self, end: str = "") -> Choice:
        ways: list[Part] = []
        weights: list[int] = []
        while True:
            weight = int(self.tokens.pop(0)[:-2]) if self.tokens and self.tokens[0].endswith(" *") else 1
            ways.append(self.sequence())
            weights.append(weight)
            separator = self.tokens.pop(0) if self.tokens else ""
            if separator == "|":
                continue
            if separator != end:
                raise TemplateError(f"brackets do not match in {self.line!r}")
            return _choice(ways, weights)

    def sequence(self) -> Part:
        parts: list[Part] = []
        while self.tokens and self.tokens[0] not in ("|", ")"):
            token = self.tokens.pop(0)
            if token == "(":
                parts.append(self.choice(end=")"))
            elif token.startswith("{"):
                parts.append(Slot(token[1:-1]))
            else:
                parts.append(Word(token))
        return Sequence(tuple(parts))


def _choice(ways: list[Part], weights: list[int]) -> Choice:
    cumulative = [sum(weights[: index + 1]) for index in range(len(weights))]
    return Choice(tuple(ways), tuple(cumulative))


def _joined(choices: list[Choice]) -> Choice:
    """All the ways of several lines as one choice."""
    ways: list[Part] = []
    weights: list[int] = []
    for choice in choices:
        before = (0, *choice.cumulative_weights)
        ways += choice.ways
        weights += [after - low for low, after in zip(before, choice.cumulative_weights, strict=False)]
    return _choice(ways, weights)


@cache
def slots() -> dict[str, Choice]:
    """Every slot, from the word lists and from the templates. Raises TemplateError if one is used but not defined."""
    found: dict[str, Choice] = {}
    for name, words in _word_lists().items():
        found[name] = _choice([Word(word) for word in words], [1] * len(words))
        spelled = [Word(" ".join(word.replace("'", ""))) for word in words]
        found[f"{name}:spelled"] = _choice(list(spelled), [1] * len(spelled))
    for path in sorted(SENTENCES.glob("*.txt")):
        name, lines = "", dict[str, list[Choice]]()
        for line in data_lines(path):
            if line.startswith("["):
                name = line.strip("[]")
                if name in found or name in lines:
                    raise TemplateError(f"{path}: slot {name} is defined twice")
                lines[name] = []
            else:
                lines[name].append(_Reader(line).choice())
        found |= {name: _joined(choices) for name, choices in lines.items()}
    used = {part.name for choice in found.values() for part in _parts(choice) if isinstance(part, Slot)}
    if used - found.keys():
        raise TemplateError(f"no such slot: {', '.join(sorted(used - found.keys()))}")
    return found


def _word_lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for path in sorted(WORDS.glob("*.txt")):
        if path == PRONUNCIATIONS:
            continue
        if path.stem == "verbs":
            forms = [_inflected(line) for line in data_lines(path)]
            lists["verbs"] = _unique(form[0] for form in forms)
            for column, name in enumerate(_VERB_FORMS):
                lists[f"verbs:{name}"] = _unique(form[column] for form in forms)
        else:
            lists[path.stem] = _unique(word for line in data_lines(path) for word in line.lower().split())
    return lists


def _unique(words: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _inflected(line: str) -> list[str]:
    """`want` -> want wants wanted wanted wanting; a line of five words is taken as it is."""
    words = line.split()
    if len(words) == len(_VERB_FORMS):
        return words
    if len(words) != 1:
        raise TemplateError(f"a verb has one form or five: {line!r}")
    verb = words[0]
    stem = verb.removesuffix("e")
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s")
    past = stem + "ed"
    return [verb, third, past, past, (verb if verb.endswith("ee") else stem) + "ing"]


def _parts(part: Part) -> Iterator[Part]:
    yield part
    children = part.ways if isinstance(part, Choice) else part.parts if isinstance(part, Sequence) else ()
    for child in children:
        yield from _parts(child)


def vocabulary() -> list[str]:
    """Every word that stands in the data, sorted."""
    words = {
        word
        for choice in slots().values()
        for part in _parts(choice)
        if isinstance(part, Word)
        for word in part.text.split()
    }
    return sorted(words)


def sentence(slot: str, rng: random.Random) -> str:
    """One sentence drawn from a slot."""
    words: list[str] = []
    _draw(Slot(slot), rng, words)
    return " ".join(words)


def _draw(part: Part, rng: random.Random, words: list[str]) -> None:
    match part:
        case Word(text):
            words.append(text)
        case Slot(name):
            _draw(slots()[name], rng, words)
        case Sequence(parts):
            for each in parts:
                _draw(each, rng, words)
        case Choice(ways, cumulative_weights):
            _draw(rng.choices(ways, cum_weights=cumulative_weights)[0], rng, words)


def sentences(slot: str, count: int, seed: int, longest: int = 22) -> list[str]:
    """So many sentences of a slot, none longer than so many words. The same seed draws the same sentences."""
    rng = random.Random(seed)
    drawn: list[str] = []
    while len(drawn) < count:
        text = sentence(slot, rng)
        if 0 < len(text.split()) <= longest:
            drawn.append(text)
    return drawn
