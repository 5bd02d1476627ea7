"""Screens every partial and final transcript.

The red flags of dialogs/red_flags.yaml over the findings of an utterance and of those before it: any rule that
holds raises its flag, the most urgent one wins; where none holds but an emergency may hide, one question is put
first. Pure and deterministic; it needs neither the dialog nor Redis, and outranks both.

Partials (`partial=True`): only what two more words cannot turn into something else is raised, and nothing is asked.
What is held back comes with the next partial or with the final, so an emergency waits for two words at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.findings import Finding, FindingFinder, Found
from voice_agent.triage.raised import Evidence, RedFlagRaised
from voice_agent.triage.red_flag_content import QuestionContent, RedFlagContent, RedFlagEntry
from voice_agent.triage.rules import Rule, parse_rule
from voice_agent.triage.yes_no import yes_or_no

_DOUBTED_WORD: Final = 0.6
"""Below this confidence a word may be another that sounds like it."""


class HeardWord(Protocol):
    """A recognised word with its times (`call.events.Word`)."""

    @property
    def text(self) -> str: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


@dataclass(frozen=True, slots=True)
class DiscriminatingQuestion:
    """Put before anything else, because the words may hide an emergency; "yes" raises `flag`."""

    id: str
    sentence: str
    flag: str
    care_level: CareLevel
    """On "yes"."""
    listen: str = "yes_no"
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    """The words that made us ask."""
    weak: bool = False
    """These words say little alone: a second opinion may find that there is nothing to ask."""


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screen makes of one utterance."""

    red_flag: bool = False
    raised: RedFlagRaised | None = None
    ask: DiscriminatingQuestion | None = None
    level: CareLevel | None = None
    script: tuple[str, ...] = field(default=(), repr=False)
    """The safety sentences to say at once."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """Everything that was found, here and before."""

    here: Mapping[str, tuple[Finding, bool]]
    """Name → finding, and whether it stands in the best reading (else in an alternative)."""
    before: Mapping[str, Finding]
    clauses: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Name → clauses of the best reading in which it stands."""
    reach: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Name → those clauses, and the ones of which they tell more."""
    everywhere: frozenset[str] = frozenset()

    def in_the_words_of(self, text: str) -> _Heard:
        """The same, but each finding with the words of `text`, which has as many."""
        said = text.split()
        here = {
            name: (replace(finding, words=" ".join(said[finding.first : finding.last + 1])), best)
            for name, (finding, best) in self.here.items()
        }
        return replace(self, here=here)

    def covers(self, name: str, parts: tuple[str, ...]) -> bool:
        """Whether `name` stands in every clause in which any of `parts` does; see `Rule.holds`."""
        if name in self.everywhere:
            return True
        clauses = frozenset[int]().union(*(self.clauses.get(part, frozenset()) for part in parts))
        return bool(clauses) and clauses <= self.reach.get(name, frozenset())

    def holds(self, rule: Rule) -> bool:
        """Whether `rule` is true and something new takes part in it."""
        return rule.touches(self.here) and rule.holds(self.__contains__, self.covers)

    def __contains__(self, name: str) -> bool:
        return name in self.here or name in self.before


@dataclass(frozen=True, slots=True)
class _Compiled:
    entry: RedFlagEntry
    rules: tuple[tuple[Rule, CareLevel], ...]
    questions: tuple[tuple[QuestionContent, tuple[Rule, ...], tuple[Rule, ...]], ...]
    """Each with the rules of its `when`, and of its `when_weak`."""


class RedFlagScreen:
    """Compiled once, shared by all calls. Raises PatternError or RuleError for content that cannot be read."""

    def __init__(self, content: RedFlagContent) -> None:
        self._content = content
        self._finder = FindingFinder(content)
        self._entries = {entry.id: entry for entry in content.red_flags}
        self._flags = [_compiled(entry) for entry in content.red_flags]

    def screen(
        self,
        text: str,
        *,
        words: Sequence[HeardWord] = (),
        alternatives: Sequence[str] = (),
        at_ms: int = 0,
        context: Sequence[str] = (),
        partial: bool = False,
        asked: Collection[str] = (),
    ) -> Screening:
        """Screen one utterance.

        `alternatives` are other readings of the same audio: what any of them asserts counts. `context` are earlier
        utterances of this caller: findings compose with theirs, but at least one must be new. `asked` are ids of
        questions that were put already. `at_ms` is the audio time at which `text` was understood.
        """
        heard = self._hear(text, alternatives, context, partial)
        if (best := self._most_urgent(heard)) is not None:
            entry, level, rule = best
            raised = self._raised(entry, level, self._evidence(rule, heard, text, words), at_ms)
            return Screening(True, raised, None, level, self.script(entry.id, level))
        if partial:
            return Screening()
        question = self._question(heard, text, words, asked)
        return Screening(ask=question or self._by_sound(text, words, context, asked))

    def _by_sound(
        self, text: str, words: Sequence[HeardWord], context: Sequence[str], asked: Collection[str]
    ) -> DiscriminatingQuestion | None:
        """A question when a word that the recogniser doubted sounds like a decisive one: too weak for a red flag."""
        doubtful = {at for at, word in enumerate(words) if getattr(word, "confidence", 1.0) < _DOUBTED_WORD}
        if not doubtful or len(words) != len(text.split()):
            return None
        meant = self._finder.sounded(text, doubtful)
        if meant is None:
            return None
        heard = self._hear(meant, (), context, False).in_the_words_of(text)
        if (best := self._most_urgent(heard)) is None:
            return self._question(heard, text, words, asked)
        entry, level, rule = best
        asking = entry if entry.ask else self._flags[-1].entry  # the last flag asks for signs of any emergency
        question = next((one for one in asking.ask if one.id not in asked), None)
        if question is None:
            return None
        evidence = self._evidence(rule, heard, text, words)
        return DiscriminatingQuestion(question.id, question.sentence, asking.id, level, question.listen, evidence)

    def fired(self, text: str, *, context: Sequence[str] = ()) -> dict[str, CareLevel]:
        """Every flag that `text` raises, not only the most urgent, for checks and explanations."""
        heard = self._hear(text, (), context, False)
        levels: dict[str, CareLevel] = {}
        for entry, level, _rule in self._holding(heard):
            if entry.id not in levels or level.rank < levels[entry.id].rank:
                levels[entry.id] = level
        return levels

    def why(self, text: str) -> str | None:
        """The rule that makes `text` a red flag, else the one that makes us ask, as it is written; None for neither."""
        heard = self._hear(text, (), (), False)
        if (best := self._most_urgent(heard)) is not None:
            return best[2].text
        return next((rule.text for _flag, _question, rule, _weak in self._asking(heard, ())), None)

    def findings(self, text: str) -> Found:
        """What is found in `text`, asserted or doubted and why, for explanations."""
        return self._finder.find(text)

    def touches(self, text: str) -> bool:
        """Whether something in `text`, doubted or not, takes part in a red flag: the words may matter clinically."""
        found = self._finder.find(text)
        named = {*found.asserted, *found.doubted}
        asked = (rule for flag in self._flags for _, rules, weak in flag.questions for rule in (*rules, *weak))
        raising = (rule for flag in self._flags for rule, _ in flag.rules)
        return any(rule.touches(named) for rule in (*raising, *asked))

    def answered(self, question: DiscriminatingQuestion, text: str) -> bool | None:
        """What the answer to `question` says: True raises its flag, False clears it, None is unclear."""
        if self.screen(text, context=tuple(piece.words for piece in question.evidence)).red_flag:
            return True
        return yes_or_no(text)

    def raised_by_answer(self, question: DiscriminatingQuestion, text: str, at_ms: int) -> RedFlagRaised:
        """The red flag of a question that was answered with yes."""
        evidence = (*question.evidence, Evidence(text))
        return self._raised(self._entries[question.flag], question.care_level, evidence, at_ms)

    def question_of(
        self, flags: Sequence[str], evidence: tuple[Evidence, ...], asked: Collection[str] = ()
    ) -> DiscriminatingQuestion | None:
        """The first question, not among `asked`, of the first of these flags that has one; None when none is left."""
        for flag in flags:
            entry = self._entries[flag]
            for question in entry.ask:
                if question.id not in asked:
                    level = question.disposition or entry.disposition
                    return DiscriminatingQuestion(
                        question.id, question.sentence, flag, level, question.listen, evidence
                    )
        return None

    def disposition(self, flag: str) -> CareLevel:
        """At what level a flag is raised by its ordinary rules."""
        return self._entries[flag].disposition

    def raised(
        self, flag: str, level: CareLevel, evidence: tuple[Evidence, ...], at_ms: int, *, title: str | None = None
    ) -> RedFlagRaised:
        """A red flag that something else than a rule raises; `title` for the nurse, if not the flag's own."""
        raised = self._raised(self._entries[flag], level, evidence, at_ms)
        return replace(raised, title=title) if title else raised

    def script(self, flag: str, level: CareLevel | None = None) -> tuple[str, ...]:
        """The safety sentences of a flag, at the level at which it was raised."""
        entry = self._entries[flag]
        key = entry.safety_sentence
        if level is CareLevel.EMERGENCY_911 and entry.safety_sentence_911:
            key = entry.safety_sentence_911
        return self._content.scripts[key]

    def _hear(self, text: str, alternatives: Sequence[str], context: Sequence[str], partial: bool) -> _Heard:
        before: dict[str, Finding] = {}
        for place, earlier in enumerate(context):
            before.update(self._finder.find(earlier, before=context[:place]).asserted)
        best = self._finder.find(text, before=context, partial=partial)
        here = {name: (finding, True) for name, finding in best.asserted.items()}
        for other in alternatives:
            for name, finding in self._finder.find(other, before=context, partial=partial).asserted.items():
                here.setdefault(name, (finding, False))
        everywhere = best.everywhere | (self._content.measures.keys() & before.keys())
        return _Heard(here, before, best.clauses, best.reach, everywhere)

    def _holding(self, heard: _Heard) -> Iterator[tuple[RedFlagEntry, CareLevel, Rule]]:
        for flag in self._flags:
            for rule, level in flag.rules:
                if heard.holds(rule):
                    yield flag.entry, level, rule

    def _most_urgent(self, heard: _Heard) -> tuple[RedFlagEntry, CareLevel, Rule] | None:
        holding = list(self._holding(heard))
        return min(holding, key=lambda found: (found[1].rank, -len(found[2].needs)), default=None)

    def _question(
        self, heard: _Heard, text: str, words: Sequence[HeardWord], asked: Collection[str]
    ) -> DiscriminatingQuestion | None:
        for flag, question, rule, weak in self._asking(heard, asked):
            level = question.disposition or flag.disposition
            evidence = self._evidence(rule, heard, text, words)
            return DiscriminatingQuestion(
                question.id, question.sentence, flag.id, level, question.listen, evidence, weak
            )
        return None

    def _asking(
        self, heard: _Heard, asked: Collection[str]
    ) -> Iterator[tuple[RedFlagEntry, QuestionContent, Rule, bool]]:
        """What makes us ask, and whether that is weak; first all that is not."""
        for weak in (False, True):
            for flag in self._flags:
                for question, rules, weak_rules in flag.questions:
                    if question.id not in asked:
                        these = weak_rules if weak else rules
                        yield from ((flag.entry, question, rule, weak) for rule in these if heard.holds(rule))

    def _evidence(self, rule: Rule, heard: _Heard, text: str, words: Sequence[HeardWord]) -> tuple[Evidence, ...]:
        names = rule.used(heard.__contains__)
        here = sorted((heard.here[name] for name in names if name in heard.here), key=lambda item: item[0].first)
        timed = len(words) == len(text.split())
        pieces = [
            Evidence(finding.words, words[finding.first].start_ms, words[finding.last].end_ms)
            if best and timed and finding.last < len(words)
            else Evidence(finding.words)
            for finding, best in here
        ]
        pieces += [Evidence(heard.before[name].words) for name in names if name not in heard.here]
        return tuple(dict.fromkeys(pieces))

    def _raised(
        self, entry: RedFlagEntry, level: CareLevel, evidence: tuple[Evidence, ...], at_ms: int
    ) -> RedFlagRaised:
        return RedFlagRaised(entry.id, entry.title, level, evidence, at_ms, f"{self._content.version}/{entry.version}")


def _compiled(entry: RedFlagEntry) -> _Compiled:
    urgent = [(parse_rule(text), CareLevel.EMERGENCY_911) for text in entry.rules_911]
    ordinary = [(parse_rule(text), entry.disposition) for text in entry.rules]
    questions = tuple((question, _rules(question.when), _rules(question.when_weak)) for question in entry.ask)
    return _Compiled(entry, (*urgent, *ordinary), questions)


def _rules(texts: Sequence[str]) -> tuple[Rule, ...]:
    return tuple(parse_rule(text) for text in texts)
