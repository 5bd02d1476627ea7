"""What may be written as the answer to a closed question, as a graph of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from voice_agent.call.replies import Listen
from voice_agent.speech import closed_answers
from voice_agent.speech.moonshine_tokens import END, Tokens

DIGIT_WORDS = (
    "zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty",
    "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "double", "triple", "point",
)  # fmt: skip
"""What a number is said with."""
MARKS = ".,?!"


@dataclass(slots=True)
class Node:
    """A place in an answer."""

    edges: dict[int, Node] = field(default_factory=dict, repr=False)
    ends: bool = False
    """A phrase is complete here; what may follow is in `edges` as well."""

    def options(self) -> Iterator[tuple[int, Node | None]]:
        """Each token that may come next, and where it leads; None after the end."""
        yield from self.edges.items()
        if self.ends:
            yield END, None


def built(tokens: Tokens) -> dict[Listen, Node]:
    """Where the answers to each kind of closed question begin."""
    return {
        Listen.YES_NO: _phrases(tokens, closed_answers.YES_NO),
        Listen.DIGITS: _numbers(tokens),
    }


def _phrases(tokens: Tokens, phrases: Sequence[str]) -> Node:
    """One phrase, or a first word and a phrase."""
    start, second = _trie(tokens, phrases), _trie(tokens, phrases)
    for node in [*_complete(start), *_complete(second)]:
        _mark(node, tokens, None)
    for word in closed_answers.FIRST_WORDS:
        for written in _writings(word):
            node = start
            for token in tokens.ids(f" {written}"):
                node = node.edges.setdefault(token, Node())
            _mark(node, tokens, None)
            for place in [node, *(node.edges[token] for mark in MARKS for token in tokens.ids(mark))]:
                _merge(place, second)
    return start


def _numbers(tokens: Tokens) -> Node:
    """Words for numbers and numerals, as many as come."""
    start = _trie(tokens, DIGIT_WORDS)
    numerals = Node()
    (space,) = tokens.ids(" ")
    for digit in "0123456789":
        (token,) = tokens.ids(digit)
        numerals.edges[token] = Node(ends=True)
    start.edges[space] = numerals
    complete = [*_complete(start)]
    inside = _trie(tokens, DIGIT_WORDS, after_hyphen=True)
    complete += _complete(inside)
    _join(inside, numerals)
    for node in complete:
        _join(node, start)
        _mark(node, tokens, start)
        (hyphen,) = tokens.ids("-")
        node.edges[hyphen] = inside
    for node in numerals.edges.values():
        _join(node, numerals)
    return start


def _trie(tokens: Tokens, phrases: Iterable[str], *, after_hyphen: bool = False) -> Node:
    start = Node()
    for phrase in phrases:
        for written in _writings(phrase):
            node = start
            for token in tokens.ids(written if after_hyphen else f" {written}"):
                node = node.edges.setdefault(token, Node())
            node.ends = True
    return start


def _writings(phrase: str) -> Sequence[str]:
    """How Moonshine may write it: at the beginning, further on, with a comma after the first word."""
    said = " ".join("I" + word[1:] if word == "i" or word.startswith("i'") else word for word in phrase.split())
    first, _, rest = said.partition(" ")
    ways = [said, said[0].upper() + said[1:]]
    if rest and first in closed_answers.FIRST_WORDS:
        ways += [f"{way[: len(first)]}, {rest}" for way in ways]
    return list(dict.fromkeys(ways))


def _mark(node: Node, tokens: Tokens, onward: Node | None) -> None:
    """A mark may follow what is complete, and after it the end, or what `onward` has."""
    for mark in MARKS:
        (token,) = tokens.ids(mark)
        after = node.edges.setdefault(token, Node(ends=True))
        if onward is not None:
            _join(after, onward)


def _join(node: Node, onward: Node) -> None:
    """What may come at `onward` may come here as well."""
    for token, following in onward.edges.items():
        node.edges.setdefault(token, following)


def _merge(node: Node, onward: Node) -> None:
    """As `_join`, for graphs without circles: where both go on with the same token, what comes after it is merged too.

    Changes `node` alone: what is below it may be shared with other places.
    """
    for token, following in onward.edges.items():
        known = node.edges.get(token)
        if known is None or known is following:
            node.edges[token] = following
        else:
            both = node.edges[token] = Node(dict(known.edges), known.ends or following.ends)
            _merge(both, following)


def _complete(start: Node) -> list[Node]:
    """Each place where a phrase is complete, once."""
    found: dict[int, Node] = {}
    waiting, seen = [start], {id(start)}
    while waiting:
        node = waiting.pop()
        if node.ends:
            found[id(node)] = node
        for following in node.edges.values():
            if id(following) not in seen:
                seen.add(id(following))
                waiting.append(following)
    return list(found.values())
