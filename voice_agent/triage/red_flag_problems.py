"""What is wrong with the red-flag content.

What the types of `red_flag_content` cannot say: unknown names, patterns and rules that cannot be read, phrases that
do not do what they must. `voice-agent check` prints each with its line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import process

from voice_agent.triage.patterns import PatternError, Patterns
from voice_agent.triage.red_flag_content import RedFlagContent, RedFlagEntry
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.triage.rules import RuleError, parse_rule

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend."""

    location: Location
    """Keys and indices down to it, as in the YAML file: ("red_flags", 3, "rules", 0)."""
    text: str
    """What is wrong and how to mend it, one sentence."""


def problems(content: RedFlagContent) -> list[Problem]:
    """Everything that is wrong with `content`; empty when it may be used. Pure."""
    found = [
        *_patterns(content),
        *_scripts(content),
        *_names_twice(content),
        *(problem for index, flag in enumerate(content.red_flags) for problem in _rules(content, index, flag)),
    ]
    return found or list(_phrases(content))


def _patterns(content: RedFlagContent) -> Iterator[Problem]:
    places: list[tuple[Location, str]] = [
        ((*("findings", name, kind), index), text)
        for name, finding in content.findings.items()
        for kind, texts in (("says", finding.says), ("unless", finding.unless))
        for index, text in enumerate(texts)
    ]
    places += [(("idioms", index), text) for index, text in enumerate(content.idioms)]
    places += [(("sounds_like", index, "heard"), item.heard) for index, item in enumerate(content.sounds_like)]
    for name, phrases in content.words.items():
        for index, phrase in enumerate(phrases):
            try:
                Patterns([], {name: (phrase,)})
            except PatternError as error:
                yield Problem(("words", name, index), str(error))
                return
    patterns = Patterns([], content.words)
    for location, text in places:
        try:
            patterns.check(text)
        except PatternError as error:
            yield Problem(location, str(error))


def _scripts(content: RedFlagContent) -> Iterator[Problem]:
    for index, flag in enumerate(content.red_flags):
        for key, script in (
            ("safety_sentence", flag.safety_sentence),
            ("safety_sentence_911", flag.safety_sentence_911),
        ):
            if script is not None and script not in content.scripts:
                yield Problem(("red_flags", index, key), _unknown("script", script, list(content.scripts)))
    for name, sentences in content.scripts.items():
        if not sentences:
            yield Problem(("scripts", name), f"script {name!r} says nothing: write at least one sentence")


def _names_twice(content: RedFlagContent) -> Iterator[Problem]:
    flags = Counter(flag.id for flag in content.red_flags)
    questions = Counter(question.id for flag in content.red_flags for question in flag.ask)
    for index, flag in enumerate(content.red_flags):
        if flags[flag.id] > 1:
            yield Problem(("red_flags", index, "id"), f"the id {flag.id!r} stands twice: every red flag has its own")
        for place, question in enumerate(flag.ask):
            if questions[question.id] > 1:
                yield Problem(
                    ("red_flags", index, "ask", place, "id"),
                    f"the question id {question.id!r} stands twice: every question has its own",
                )
    for name in content.findings.keys() & content.measures.keys():
        yield Problem(("measures", name), f"{name!r} is a finding as well: give one of the two another name")


def _rules(content: RedFlagContent, index: int, flag: RedFlagEntry) -> Iterator[Problem]:
    if not (flag.rules or flag.rules_911):
        yield Problem(("red_flags", index), f"{flag.id!r} has no rules and can never fire")
    here: Location = ("red_flags", index)
    places: list[tuple[Location, str]] = [((*here, "rules", at), text) for at, text in enumerate(flag.rules)]
    places += [((*here, "rules_911", at), text) for at, text in enumerate(flag.rules_911)]
    places += [
        ((*here, "ask", at, key, number), text)
        for at, question in enumerate(flag.ask)
        for key, texts in (("when", question.when), ("when_weak", question.when_weak))
        for number, text in enumerate(texts)
    ]
    known = [*content.findings, *content.measures]
    for location, text in places:
        try:
            rule = parse_rule(text)
        except RuleError as error:
            yield Problem(location, str(error))
            continue
        for name in rule.names():
            if name not in content.findings and name not in content.measures:
                yield Problem(location, _unknown("finding", name, known))


def _phrases(content: RedFlagContent) -> Iterator[Problem]:
    screen = RedFlagScreen(content)
    for index, flag in enumerate(content.red_flags):
        for at, phrase in enumerate(flag.must_fire):
            fired = screen.fired(phrase)
            if flag.id not in fired:
                what = f"it raises {', '.join(fired)} instead" if fired else "it raises nothing"
                yield Problem(("red_flags", index, "must_fire", at), f"{phrase!r} does not raise {flag.id!r}: {what}")
        for at, phrase in enumerate(flag.must_not_fire):
            if flag.id in screen.fired(phrase):
                yield Problem(("red_flags", index, "must_not_fire", at), f"{phrase!r} raises {flag.id!r} and must not")
        for number, question in enumerate(flag.ask):
            for at, phrase in enumerate(question.must_ask):
                screening = screen.screen(phrase)
                if not screening.red_flag and (screening.ask is None or screening.ask.id != question.id):
                    asked = screening.ask.id if screening.ask else "nothing"
                    yield Problem(
                        ("red_flags", index, "ask", number, "must_ask", at),
                        f"{phrase!r} does not lead to {question.id!r}: it asks {asked}",
                    )


def _unknown(kind: str, name: str, known: list[str]) -> str:
    nearest = process.extractOne(name, known, score_cutoff=50)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f"unknown {kind} {name!r}{hint}"
