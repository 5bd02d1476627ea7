"""From likelihoods to text: freely, or as an answer to a closed question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from voice_agent.speech.answer_graph import Node
from voice_agent.speech.moonshine_networks import Networks, Sound
from voice_agent.speech.moonshine_tokens import BEGIN, END

BEAM: Final = 6
"""Answers that are followed at once: more cost more time. Other widths were not compared on many answers."""
LOOPS: Final = 3
LOOP_TOKENS: Final = 12
"""A piece of text that comes so many times in a row, and fills so many tokens, was invented."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text, token by token."""

    tokens: tuple[int, ...] = field(repr=False)
    logs: tuple[float, ...] = field(repr=False)
    """The log probability of each token, given the ones before it."""

    @property
    def log(self) -> float:
        """Log probability of the whole text."""
        return sum(self.logs)


def freely(networks: Networks, sound: Sound, most: int) -> Written:
    """The likeliest next token each time, `most` of them at most."""
    prefixes, token = networks.begin(sound), BEGIN
    tokens: list[int] = []
    logs: list[float] = []
    while token != END and len(tokens) < most and not loops(tokens):
        rows, prefixes = networks.step(prefixes, [token])
        token = int(rows[0].argmax())
        tokens.append(token)
        logs.append(float(rows[0][token]))
    return Written(tuple(tokens), tuple(logs))


def as_read(networks: Networks, sound: Sound, tokens: Sequence[int]) -> Written:
    """How likely a text is that somebody else heard; its end counts as well."""
    whole = (*tokens, END)
    rows = networks.read(sound, (BEGIN, *tokens))
    return Written(whole, tuple(float(row[token]) for row, token in zip(rows, whole, strict=True)))


def loops(tokens: Sequence[int]) -> bool:
    """Whether the text ends in one piece over and over: longer than "six, six, six, six" is."""
    return any(
        len(tokens) >= size * times and tuple(tokens[-size * times :]) == tuple(tokens[-size:]) * times
        for size in range(1, 13)
        for times in [max(LOOPS, -(-LOOP_TOKENS // size))]
    )


@dataclass(frozen=True, slots=True)
class _Path:
    written: Written
    place: Node
    row: int = 0


def as_answer(networks: Networks, sound: Sound, start: Node, most: int) -> list[Written]:
    """The likeliest texts among those of the graph, best first; none when all are hopeless."""
    prefixes = networks.begin(sound)
    paths = [_Path(Written((), ()), start)]
    done: list[Written] = []
    for _ in range(most):
        rows, prefixes = networks.step(
            prefixes, [path.written.tokens[-1] if path.written.tokens else BEGIN for path in paths]
        )
        grown: list[_Path] = []
        for row, path in enumerate(paths):
            for token, place in path.place.options():
                log = float(rows[row][token])
                written = Written((*path.written.tokens, token), (*path.written.logs, log))
                if place is None:
                    done.append(written)
                else:
                    grown.append(_Path(written, place, row))
        # What is far behind an answer that is complete will not catch up: a text only gets less likely.
        bar = max((written.log for written in done), default=-math.inf) - 8.0
        paths = sorted((path for path in grown if path.written.log > bar), key=lambda path: -path.written.log)[:BEAM]
        if not paths:
            break
        prefixes = prefixes.chosen([path.row for path in paths])
    return sorted(done, key=lambda written: -written.log)
