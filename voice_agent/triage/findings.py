"""What a caller says is the matter.

From one utterance to the set of findings that it asserts: patterns and measures, less idioms and what is negated,
past, told or hypothetical. Mis-recognitions that we expect are read a second time as what was probably meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from voice_agent.triage.cues import Doubt
from voice_agent.triage.meaning import Circumstances, Meaning, doubts
from voice_agent.triage.measures import measured
from voice_agent.triage.patterns import Match, Patterns
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.sounds import SoundAlikes
from voice_agent.triage.wording import Token, tokens, word_set

_IDIOM: Final = "idiom:"
_UNLESS: Final = "unless:"
_HELD_BACK_WORDS: Final = 2
_TELLING_OF_THE_PAST: Final = word_set("had was were did used")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is the matter, and the words that say it."""

    name: str
    words: str = field(repr=False)
    """As the caller said them."""
    first: int
    """Index of the first word of the text, split at white space."""
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """The findings of one utterance."""

    asserted: Mapping[str, Finding] = field(default_factory=dict)
    doubted: Mapping[str, frozenset[Doubt]] = field(default_factory=dict)
    """Said, but not meant, and why."""
    unmeant: Mapping[str, Finding] = field(default_factory=dict)
    """The words of those."""
    clauses: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The clauses in which each asserted finding stands, at every place where it is said; below 0: over several."""
    reach: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Those clauses, and the ones of which they tell more: "when i cough" tells more of "my chest hurts"."""
    everywhere: frozenset[str] = frozenset()
    """Asserted findings that hold for the whole utterance: ages and other numbers."""


class FindingFinder:
    """Compiled content; pure and safe to share between threads. Raises PatternError for a pattern it cannot read."""

    def __init__(self, content: RedFlagContent) -> None:
        self._content = content
        self._meaning = Meaning()
        self._patterns = Patterns(_named(content), content.words)
        self._even_if = {name: frozenset(finding.even_if) for name, finding in content.findings.items()}
        self._confusions = Patterns(
            ((str(number), item.heard) for number, item in enumerate(content.sounds_like)), content.words
        )
        self._meant = [tokens(item.meant) for item in content.sounds_like]
        self._sounds = SoundAlikes(content.decisive)

    def find(self, text: str, *, before: Sequence[str] = (), partial: bool = False) -> Found:
        """The findings of `text`; `before` are earlier utterances, which may say what a bare number counts."""
        said = tokens(text)
        earlier = [token for one in before for token in tokens(one)]
        asserted: dict[str, Finding] = {}
        doubted: dict[str, frozenset[Doubt]] = {}
        unmeant: dict[str, Finding] = {}
        clauses: dict[str, set[int]] = {}
        reach: dict[str, set[int]] = {}
        for reading in (said, self._as_meant(said)):
            if reading is None:
                continue
            around = self._meaning.circumstances(reading)
            for name, places, why in self._read(reading, earlier, partial, around):
                if why:
                    doubted.setdefault(name, why)
                    unmeant.setdefault(name, _finding(name, text, reading, places))
                    continue
                clause = _clause(places, around)
                clauses.setdefault(name, set()).add(clause)
                reach.setdefault(name, set()).update({clause, around.mains.get(clause, clause)})
                if name not in asserted:
                    asserted[name] = _finding(name, text, reading, places)
        return Found(
            asserted,
            {name: why for name, why in doubted.items() if name not in asserted},
            {name: words for name, words in unmeant.items() if name not in asserted},
            {name: frozenset(places) for name, places in clauses.items()},
            {name: frozenset(places) for name, places in reach.items()},
            frozenset(name for name in asserted if name in self._content.measures),
        )

    def _read(
        self, said: Sequence[Token], earlier: Sequence[Token], partial: bool, around: Circumstances
    ) -> Iterator[tuple[str, tuple[int, ...], frozenset[Doubt]]]:
        matches = self._patterns.find(said)
        masked = {at for match in matches if match.name == _IDIOM and _together(match, around) for at in match.places}
        cancelled: dict[str, set[int]] = {}
        for match in matches:
            if match.name.startswith(_UNLESS) and _together(match, around):
                cancelled.setdefault(match.name.removeprefix(_UNLESS), set()).update(match.places)
        kept = [
            match
            for match in matches
            if match.name in self._content.findings
            and masked.isdisjoint(match.places)
            and cancelled.get(match.name, set()).isdisjoint(match.places)
        ]
        spoken_for = {
            at
            for match in kept
            if not self._content.findings[match.name].loose
            for at in match.places
            if at in around.negators
        }
        for match in kept:
            if not (partial and _held_back(match.places, said, around)):
                why = doubts(match, said, around, spoken_for) - self._even_if[match.name]
                yield match.name, match.places, why
        for name, places in self._measures(said, earlier):
            if not (partial and _held_back(places, said, around)):
                why = doubts(Match(name, places), said, around, spoken_for)
                yield name, places, why - {Doubt.PAST}

    def _measures(self, said: Sequence[Token], earlier: Sequence[Token]) -> Iterator[tuple[str, tuple[int, ...]]]:
        for number in measured(said, earlier):
            for name, content in self._content.measures.items():
                enough = content.at_least is None or number.value >= content.at_least
                little = content.below is None or number.value < content.below
                if content.measure is number.measure and enough and little:
                    yield name, number.places

    def _as_meant(self, said: Sequence[Token]) -> tuple[Token, ...] | None:
        """`said` with what was probably mis-recognised put right; None when nothing was."""
        words = {token.text for token in said}
        better = list(said)
        changed: set[int] = set()
        for match in sorted(self._confusions.find(said), key=lambda match: -match.places[-1]):
            item = self._content.sounds_like[int(match.name)]
            span = range(match.places[0], match.places[-1] + 1)
            if not changed.isdisjoint(span) or not _near(item.near, words):
                continue
            changed.update(span)
            first, last = said[match.places[0]], said[match.places[-1]]
            better[match.places[0] : match.places[-1] + 1] = [
                Token(meant.text, first.first, last.last, last.pause, meant.value)
                for meant in self._meant[int(match.name)]
            ]
        broken = list(self._sounds.broken([token.text for token in better]))
        for at, meant in reversed(broken):
            first, last = better[at : at + 2]
            better[at : at + 2] = [Token(meant, first.first, last.last, last.pause)]
        return tuple(better) if changed or broken else None

    def sounded(self, text: str, doubtful: Collection[int]) -> str | None:
        """`text` with the doubtful words (indices, split at white space) as the decisive ones that they sound like.

        None when none of them does.
        """
        said = text.split()
        better = [self._sounds.meant_by(word) or word if at in doubtful else word for at, word in enumerate(said)]
        return " ".join(better) if better != said else None


def _named(content: RedFlagContent) -> Iterator[tuple[str, str]]:
    for name, finding in content.findings.items():
        yield from ((name, text) for text in finding.says)
        yield from ((_UNLESS + name, text) for text in finding.unless)
    yield from ((_IDIOM, text) for text in content.idioms)


def _near(needed: Sequence[str], words: set[str]) -> bool:
    if not needed:
        return True
    return any(
        word in words or (word.endswith("*") and any(said.startswith(word[:-1]) for said in words)) for word in needed
    )


def _clause(places: Sequence[int], around: Circumstances) -> int:
    """The clause of a match; one that runs over several stands in none of them, which a number below 0 says."""
    first, last = around.clauses[places[0]], around.clauses[places[-1]]
    return first if first == last else -1 - places[0]


def _together(match: Match, around: Circumstances) -> bool:
    """Whether what takes words away is said in one breath: "wait" here takes no "hurts" away behind an "and".

    Words without a gap are one breath whatever they are: "crawl in a hole and die".
    """
    unbroken = match.places[-1] - match.places[0] == len(match.places) - 1
    return unbroken or len({around.segments[at] for at in match.places}) == 1


def _held_back(places: Sequence[int], said: Sequence[Token], around: Circumstances) -> bool:
    """Whether what comes next could still change what is meant.

    In a partial, two more words must have been heard ("chest pain" → "chest pain is gone", "dying" → "dying to
    see"), and a clause in the past tense waits for its end ("i had a stroke" → "… last year").
    """
    if len(said) - 1 - places[-1] < _HELD_BACK_WORDS:
        return True
    clause = around.clauses[places[0]]
    return around.clauses[-1] == clause and any(
        token.text in _TELLING_OF_THE_PAST for at, token in enumerate(said) if around.clauses[at] == clause
    )


def _finding(name: str, text: str, said: Sequence[Token], places: Sequence[int]) -> Finding:
    first, last = said[places[0]].first, max(said[at].last for at in places)
    return Finding(name, " ".join(text.split()[first : last + 1]), first, last)
