"""Screens every partial and final transcript.

The red flags of dialogs/red_flags.yaml over the findings of an utterance and of those before it: any rule that
holds raises its flag, the most urgent one wins; where none holds but an emergency may hide, one question is put
first. Pure and deterministic; it needs neither the dialog nor Redis, and outranks both.

Partials (`partial=True`): only what two more words cannot turn into something else is raised, and nothing is asked.
What is held back comes with the next partial or with the final, so an emergency waits for two words at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.findings import Finding, FindingFinder, Found
from voice_agent.triage.raised import Evidence, RedFlagRaised
from voice_agent.triage.red_flag_content import QuestionContent, RedFlagContent, RedFlagEntry
from voice_agent.triage.rules import Rule, parse_rule
from voice_agent.triage.yes_no import yes_or_no


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

    def __contains__(self, name: str) -> bool:
        return name in self.here or name in self.before


@dataclass(frozen=True, slots=True)
class _Compiled:
    entry: RedFlagEntry
    rules: tuple[tuple[Rule, CareLevel], ...]
    questions: tuple[tuple[QuestionContent, tuple[Rule, ...]], ...]


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
        if not heard.here:
            return Screening()
        if (best := self._most_urgent(heard)) is not None:
            entry, level, rule = best
            raised = self._raised(entry, level, self._evidence(rule, heard, text, words), at_ms)
            return Screening(True, raised, None, level, self.script(entry.id, level))
        if partial:
            return Screening()
        return Screening(ask=self._question(heard, text, words, asked))

    def fired(self, text: str, *, context: Sequence[str] = ()) -> dict[str, CareLevel]:
        """Every flag that `text` raises, not only the most urgent, for checks and explanations."""
        heard = self._hear(text, (), context, False)
        levels: dict[str, CareLevel] = {}
        for entry, level, _rule in self._holding(heard):
            if entry.id not in levels or level.rank < levels[entry.id].rank:
                levels[entry.id] = level
        return levels

    def findings(self, text: str) -> Found:
        """What is found in `text`, asserted or doubted and why, for explanations."""
        return self._finder.find(text)

    def touches(self, text: str) -> bool:
        """Whether something in `text`, doubted or not, takes part in a red flag: the words may matter clinically."""
        found = self._finder.find(text)
        named = {*found.asserted, *found.doubted}
        asked = (rule for flag in self._flags for _, rules in flag.questions for rule in rules)
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
        here = {
            name: (finding, True)
            for name, finding in self._finder.find(text, before=context, partial=partial).asserted.items()
        }
        for other in alternatives:
            for name, finding in self._finder.find(other, before=context, partial=partial).asserted.items():
                here.setdefault(name, (finding, False))
        return _Heard(here, before)

    def _holding(self, heard: _Heard) -> Iterator[tuple[RedFlagEntry, CareLevel, Rule]]:
        for flag in self._flags:
            for rule, level in flag.rules:
                if rule.holds(heard.__contains__) and rule.touches(heard.here):
                    yield flag.entry, level, rule

    def _most_urgent(self, heard: _Heard) -> tuple[RedFlagEntry, CareLevel, Rule] | None:
        holding = list(self._holding(heard))
        return min(holding, key=lambda found: (found[1].rank, -len(found[2].needs)), default=None)

    def _question(
        self, heard: _Heard, text: str, words: Sequence[HeardWord], asked: Collection[str]
    ) -> DiscriminatingQuestion | None:
        for flag in self._flags:
            for question, rules in flag.questions:
                if question.id in asked:
                    continue
                for rule in rules:
                    if rule.holds(heard.__contains__) and rule.touches(heard.here):
                        level = question.disposition or flag.entry.disposition
                        evidence = self._evidence(rule, heard, text, words)
                        return DiscriminatingQuestion(
                            question.id, question.sentence, flag.entry.id, level, question.listen, evidence
                        )
        return None

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
    questions = tuple((question, tuple(parse_rule(text) for text in question.when)) for question in entry.ask)
    return _Compiled(entry, (*urgent, *ordinary), questions)
